"""Names as real lists hold them, written down before the comparison was tuned and never tuned on one by one."""

from tests.matching.real_names import pairs_of

_SAME = """
Vermeulen Bouwbedrijf B.V. | Bouwbedrijf Vermeulen
Van Gansewinkel Groep | Van Gansewinkel Groep BV Eindhoven
Koninklijke Mosa B.V. | Koninklijke Mosa (Maastricht)
Dura Vermeer Groep N.V. | Dura Vermeer
Heijmans N.V. | Heijmans NV, Rosmalen
Brouwer Logistics | Brouwer Logistcs B.V.
Stork Technical Services | Stork Technical Servcies
VolkerWessels | Volker Wessels B.V.
Koninklijke Wegener NV | Koninklijke Wegner N.V.
Ballast Nedam N.V. | Balast Nedam
Honeywell International Inc. | Honeywell Inc
Honeywell International | Honeywel International
Emerson Electric Co. | Emerson Electric Company, St. Louis
Rockwell Automation, Inc. | Rockwell Automation
Rockwell Automation, Inc. | Rockwell Automaton
Zimmer Biomet Holdings, Inc. | Zimmer Biomet
Lumentum Holdings Inc. | Lumentum
Gartner, Inc. | Gartner Group
Cognizant Technology Solutions Corp. | Cognizant Technology Solutions
Cognizant Technology Solutions | Cognizant Tech. Solutions Corp
Keysight Technologies, Inc. | Keysight Technologies
Keysight Technologies, Inc. | Keysight
Akamai Technologies | Akamai
Juniper Networks, Inc. | Juniper Netwroks
Seagate Technology PLC | Seagate Tech
Hunt (J.B.) Transport Services | J.B. Hunt Transport Services, Inc.
Ryder System, Inc. | Ryder Systems
Fluor Corp. (New) | Fluor Corporation
Jacobs Engineering Group Inc | Jacobs Engineering
Sonneborn Refined Products | Sonneborn Refined Products B.V. - Amsterdam
Schlumberger Ltd. | Schlumbergr Limited
Anheuser-Busch Companies | Anheuser Busch Cos.
Anheuser-Busch | Anheuser-Bush
Caterpillar Inc. | Catterpillar
Kimberly-Clark Corporation | Kimberley Clark Corp
Wm. Wrigley Jr. Company | William Wrigley Jr Co
Mueller Industries, Inc. | Müller Industries
Grupo Bimbo, S.A.B. de C.V. | Bimbo
Fresenius Medical Care AG & Co. KGaA | Fresenius Medical Care
Heidelberger Druckmaschinen Aktiengesellschaft | Heidelberger Druckmaschinen AG, Heidelberg
Knorr-Bremse AG | Knorr Bremse München
Trumpf GmbH + Co. KG | TRUMPF
Trumpf Werkzeugmaschinen | Trumpf Werkzeugmaschienen
Compagnie de Saint-Gobain | Saint-Gobain
Bouygues Construction SA | Bouyges Construction
Établissements Delhaize Frères | Etablissements Delhaize Freres
Kawasaki Heavy Industries | Kawasaki Heavy Inds. Ltd
Reliance Industries Limited | Reliance Industries Ltd, Mumbai
Larsen & Toubro Ltd | Larsen and Tubro
Woolworths Group Limited | Woolworths Ltd
Brunel International N.V. | Brunel Intl.
Tenneco Automotive | Tennecco Automotive
Westinghouse Electric | Westinghouse Electirc Corp.
Sheraton Holding Corp | Sheraton
"""
_DIFFERENT = """
Kone Corporation | Konecranes
ABN AMRO Bank | AMRO Hotel
Swiss Re | Swiss Life
Swiss Air Lines | Swiss Air Cargo
Vodafone Netherlands | VodafoneZiggo
Van Leeuwen Buizen | Van Leeuwen Bouw
Van den Berg Transport | Van der Berg Techniek
Jansen de Jong Groep | Janssen de Jong Projecten
Kramer Holland | Kraemer Holding
General Dynamics | General Electronics
General Electric Capital | General Electric Aviation
American Electric Power | American Electric Technologies
Martin Marietta Materials | Lockheed Martin
Hamilton Beach | Hamilton Standard
Hewlett Packard Enterprise | Hewlett Packard
Fujitsu Siemens Computers | Siemens
Siemens Energy | Siemens Gamesa
Siemens AG | Siemens Mobility
Siemens AG | Siemens Healthineers AG
Thyssenkrupp Steel | Thyssenkrupp Elevator
Daimler Truck | Daimler Financial
Liberty Media | Liberty Mutual
Liberty Latin America | Liberty Global
First Republic Bank | First Republic Trust
Union Bank of Switzerland | Union Bank of California
Hilton Amsterdam | Hilton Rotterdam
Stedin Utrecht | Stedin Rotterdam
University of Leiden | University of Leuven
Erasmus Universiteit | Erasmus Ziekenhuis
Brown Brothers Harriman | Brown Shoe
Ashland Oil | Ashford Oil
Marathon Oil | Marathon Petroleum
Phillips Petroleum | Philips Lumileds
Dell Technologies | Delta Technologies
Nordson Corporation | Nordstrom Corporation
Cooper Industries | Cooper Tire
Cooper Lighting | Copper Lighting
Stanley Works | Standley Works Supply
Aegon | Argon
Essent | Esent
Vion Food | Vico Food
Corus Steel | Chorus Steel
Enexis | Enexia
Alpha Bank | Alfa Bank
Route 66 Motors | Route 68 Motors
G4S Security | G5 Security
Big 5 Sporting Goods | Big 4 Sporting Goods
Jones Lang LaSalle | Jones Lang Wootton
Northern Trust | Southern Trust
Pacific Gas & Electric | Portland Gas & Electric
Men's Wearhouse | Women's Wearhouse
Baker Hughes | Barker Hughes
Bank of Ireland | Bank of Iceland
Allied Irish Banks | Allied Bank
Deloitte Accountants | Deloitte Legal
Shell Chemicals | Shell Pernis Raffinaderij
Total Gas & Power | Total Power Tools
Carrier Corp | Currier Corp
Sanofi | Sanofi Pasteur
Roche Holding | Roche Diagnostics
Hartman Staal | Hartmann Stahlbau
Novell | Novelis
Unisys | Unisys Technologies Trading
Tyson Foods | Dyson Foods
Lenox Corp | Lennox International
Harris Teeter | Harris Trust
Mitsubishi Electric | Mitsubishi Electric Europe
Nordic Paper | Nordic Papers Trading
"""

HELD_OUT_SAME = pairs_of(_SAME)
"""Two names of one company."""
HELD_OUT_DIFFERENT = pairs_of(_DIFFERENT)
"""Names of two companies, many of them kin or neighbours."""
