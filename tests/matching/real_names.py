"""Names of well-known companies as people write them, put together by hand: one company, or two."""

_SAME = """
Amazon.com, Inc. | Amazon
Deutsche Bank AG | Deutsche Bank
The Coca-Cola Company | Coca Cola
J.P. Morgan Chase & Co. | JPMorgan Chase
Procter & Gamble Co. | Procter and Gamble
Procter & Gamble | P&G
Wal-Mart Inc. | Walmart
PwC | PricewaterhouseCoopers
IBM Corp. | International Business Machines Corporation
IBM | International Business Machines (IBM)
Koninklijke Philips N.V. | Koninklijke Philips NV
AT&T Inc. | AT & T
A.P. Møller - Mærsk A/S | AP Moller-Maersk
Nestlé S.A. | NESTLE SA
Ernst & Young LLP | EY
Hewlett-Packard Company | Hewlett Packard
Hewlett-Packard Co | HP
Volkswagen AG | VW
Volkswagen Group | Volkswagen AG
Bayerische Motoren Werke AG | BMW AG
Müller GmbH & Co. KG | Mueller
Dr. Ing. h.c. F. Porsche AG | Dr Ing hc F Porsche AG
L'Oréal S.A. | L Oreal
L'Oréal | Loreal SA
McDonald's Corporation | McDonalds Corp
Lowe's Companies, Inc. | Lowes
Toys "R" Us, Inc. | Toys R Us
Rabobank | RABOBANK
ING Groep N.V. | ING Group NV
ABN AMRO Bank N.V. | ABN-AMRO Bank
Ahold Delhaize | Ahold-Delhaize N.V.
Booking.com B.V. | Booking.com
Heineken N.V. | heineken nv
Bol.com | bol.com B.V.
Société Générale S.A. | Societe Generale
Crédit Agricole | Credit Agricole S.A.
BNP Paribas SA | BNP Paribas
Électricité de France | Electricite de France SA
Saint-Gobain | Saint Gobain S.A.
Telefónica, S.A. | Telefonica
Banco Santander S.A. | Banco Santander
Assicurazioni Generali S.p.A. | Assicurazioni Generali SpA
Enel S.p.A. | ENEL
Royal Bank of Scotland Group plc | Royal Bank of Scotland
Marks & Spencer Group plc | Marks and Spencer
Marks & Spencer plc | Marks + Spencer
Barclays PLC | Barclays
Tesco P.L.C. | Tesco plc
Novo Nordisk A/S | Novo Nordisk
Ørsted A/S | Orsted
Nokia Oyj | Nokia
Telefonaktiebolaget LM Ericsson | Telefonaktiebolaget L M Ericsson (publ)
H & M Hennes & Mauritz AB | H&M Hennes & Mauritz
Hennes & Mauritz | H&M
IKEA | Ikea AB
Volvo AB | AB Volvo
Škoda Auto a.s. | Skoda Auto
PKN Orlen Sp. z o.o. | PKN Orlen
Gazprom PAO | PAO Gazprom
Tata Consultancy Services Limited | Tata Consultancy Services Ltd.
Tata Consultancy Services | TCS
Toyota Motor Corporation | Toyota Motor Corp.
Samsung Electronics Co., Ltd. | Samsung Electronics
Hyundai Motor Company | Hyundai Motor Co
Taiwan Semiconductor Manufacturing Company, Ltd. | Taiwan Semiconductor Mfg Co Ltd
Bank of America Corporation | Bank of America Corp
Wells Fargo & Company | Wells Fargo
Berkshire Hathaway Inc. | Berkshire Hathaway
Johnson & Johnson | Johnson and Johnson, Inc.
The Home Depot, Inc. | Home Depot
The Boeing Company | Boeing Co
The Walt Disney Company | Walt Disney Co.
Walt Disney Company, The | Walt Disney
Microsoft Corporation | Microsoft
Microsoft Corporation | Micosoft Corporation
Cisco Systems, Inc. | Cisco Systems
Texas Instruments Incorporated | Texas Instruments Inc
United Parcel Service, Inc. | UPS
General Electric Company | GE
General Motors Co. | General Motors Corporation
Minnesota Mining and Manufacturing | 3M Company
American International Group, Inc. | American Intl Group
International Paper Company | Intl Paper Co
Lockheed Martin Corporation | Lockheed Martin Corp.
Lockheed Martin Corporation | Lockheed Martin Corportation
Northrop Grumman | Northrup Grumman Corp
Goldman Sachs Group, Inc. | Goldman Sachs
Dun & Bradstreet | Dun and Bradstreet Corp.
Smith & Nephew plc | Smith and Nephew
Price Waterhouse | PriceWaterhouse
Bristol-Myers Squibb | Bristol Myers Squibb Co
GlaxoSmithKline plc | Glaxo Smith Kline
GlaxoSmithKline | GSK plc
Rolls-Royce Holdings plc | Rolls Royce Holdings
Salesforce.com, inc. | Salesforce
Massachusetts Institute of Technology | Massachusetts Inst. of Technology
University of Amsterdam | Univ. of Amsterdam
Boston Consulting Group | BCG
Yahoo! Inc. | Yahoo
Staatsbosbeheer | Staatsbos Beheer
Van der Valk Hotels | van der Valk Hotel
Gebr. Jansen B.V. | Gebroeders Jansen BV
Jansen & De Vries V.O.F. | Jansen en de Vries VOF
Bakker en Zonen | Bakker & Zonen
Schmidt und Söhne GmbH | Schmidt & Soehne
Dupont et Fils SARL | Dupont & Fils
García Hermanos, S.L. | Garcia Hermanos SL
Кировский завод | КИРОВСКИЙ ЗАВОД
Accenture plc | Accenture
Federal Express Corp | Federal Express
Schneider Electric SE | Schneider-Electric
Robert Bosch GmbH | Robert Bosch
Stop & Shop | Stop and Shop Inc
7-Eleven, Inc. | 7 Eleven
Colgate-Palmolive | Colgate Palmolive Compny
Thyssenkrupp AG | Thyssen Krupp
Sherwin-Williams Co. | Sherwin Wiliams
Mitsubishi Heavy Industries, Ltd. | Mitsubishi Heavy Ind.
Applied Materials | Applied Materials, Inc. (AMAT)
"""
_DIFFERENT = """
Delta Air Lines | Delta Faucet
Delta Air Lines | Delta Lloyd
Bank of America Corp | Bank of New York
Bank of Montreal | Bank of Nova Scotia
Deutsche Bank | Deutsche Bahn
Deutsche Bank | Deutsche Post
General Electric | General Motors
General Mills | General Motors
American Airlines | American Express
United Airlines | United Health
Texas Instruments | National Instruments
Texas Instruments | Texas Industries
Merck & Co., Inc. | Merck KGaA
Air China | China Airlines
Air France | France Air
Studio 54 | Studio 55
Forever 21 | Forever 22
Channel 4 | Channel 5
Capital One | Capitol Records
Visa | Vista
Intel | Inter
Aon | E.ON
Sony | Sonos
Allianz | Alliant
Hansen | Hanson
Anderson Consulting | Andersen Consulting
Petersen BV | Peterson BV
Cartier | Carter
Centrica plc | Centric
Vestas | Vesta
North Sea Shipping | South Sea Shipping
First Data | Second Data
First National Bank of Omaha | First National Bank of Chicago
Western Digital | Eastern Digital
Northwest Airlines | Southwest Airlines
Red Hat | Blue Hat
Burger King | King Burger Bar
Johnson & Johnson | Johnson Controls
Johnson & Johnson | Johnson
Morgan Stanley | JPMorgan
Ford Motor | Toyota Motor
Royal Dutch Shell | Royal Dutch Airlines
Hilton Hotels | Hyatt Hotels
Nissan Motor | Nisshin Motor
Bayer AG | Bauer AG
Roche | Rocher
Mars, Incorporated | Mark Incorporated
Best Buy | Best Western
Dollar General | Dollar Tree
Office Depot | Home Depot
OfficeMax | Office Depot
Philips | Phillips 66
Target Corporation | Targett
Nike | Nikon
Orange S.A. | Orange County
Apple Inc. | Apple Records
Eagle Foods | Eagle Hardware
Jansen Bouw BV | Janssen Bouw BV
De Vries Transport | De Vries Installatie
Bakker Junior | Bakker Senior
University of Oxford | Oxford Brookes University
Boston Consulting Group | Boston Scientific
Fidelity National Financial | Fidelity Investments
Liberty Mutual | Liberty Global
Universal Music | Universal Studios
Continental AG | Continental Airlines
Sun Microsystems | Sun Life Financial
National Bank of Greece | National Bank of Canada
Bank of China | Bank of East Asia
State Street | State Farm
Pacific Gas | Pacific Bell
Mitsubishi Motors | Mitsui Motors
Suzuki | Suzuka
Abbott | Abbot Downing
Monster Energy | Monster Worldwide
Dover | Dovre
Amgen | Angen
Hertz | Hartz
Kraft | Krafft
Lidl | Aldi
Dow Chemical | Dow Jones
Oracle | Coracle
Carlsberg | Karlsberg
Adecco | Adeco Systems
KPN | KPMG
TNO | TNT
ABP | ABN
UBS | UPS
"""
_KIN = """
Siemens AG | Siemens Healthineers
Siemens AG | Siemens Nederland N.V.
Siemens AG | Siemens Ltd
Philips | Philips Eindhoven
Koninklijke Philips NV | Philips Lighting
Shell plc | Shell - Nederland
Shell | Shell Global Solutions
Microsoft Corporation | Microsoft Ireland Operations Limited
Google LLC | Google Ireland
Heineken N.V. | Heineken Holding N.V.
Deloitte | Deloitte Consulting
Volkswagen AG | Volkswagen Financial Services AG
BMW | BMW Bank
Toyota Motor Corporation | Toyota Motor Credit Corporation
Sony Corporation | Sony Music
Bank of China | Bank of China (Hong Kong)
HSBC Holdings plc | HSBC Bank
Philip Morris | Philip Morris International
Coca-Cola | Coca-Cola Bottling
Coca-Cola | Coca-Cola HBC
Boeing | Boeing Capital
Unilever NV | Unilever Nederland BV
KLM | KLM Cityhopper
Air France | Air France-KLM
Ahold | Ahold Delhaize
ING | ING Bank Slaski
Ikea | IKEA Delft
Tesco PLC | Tesco Bank
Virgin Group | Virgin Atlantic
Randstad | Randstad Holding
Samsung | Samsung Electronics
Tata | Tata Motors
Nestle | Nestle Waters
Bayer | Bayer CropScience
Novartis | Novartis Vaccines
Rabobank | Rabobank Utrecht
Hyatt | Hyatt Regency Amsterdam
ABB Ltd | ABB Oy
Samsung Electronics Co Ltd | Samsung Electronics Benelux BV
Capgemini SE | Capgemini Nederland BV
"""


def pairs_of(text: str) -> list[tuple[str, str]]:
    """The pairs in a text: one a line, the two names with " | " between them."""
    return [
        (left.strip(), right.strip())
        for line in text.strip().splitlines()
        for left, _, right in [line.partition(" | ")]
    ]


SAME_PAIRS = pairs_of(_SAME)
"""Two names of one company."""
DIFFERENT_PAIRS = pairs_of(_DIFFERENT)
"""Names of two companies that have nothing to do with each other."""
KIN_PAIRS = pairs_of(_KIN)
"""A company and its daughter, parent or branch."""
