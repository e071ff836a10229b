"""Places that stand in company names: countries, what belongs to them, and cities."""

_COUNTRIES = """
nederland belgium luxembourg germany france austria switzerland italy spain portugal britain england scotland
wales ireland denmark sweden norway finland iceland poland czechia czech slovakia hungary romania bulgaria
greece turkey croatia slovenia serbia ukraine russia estonia latvia lithuania america canada mexico brazil
argentina chile colombia peru venezuela uruguay japan china india korea taiwan indonesia malaysia singapore
thailand vietnam philippines pakistan bangladesh australia zealand africa egypt morocco nigeria kenya ghana
israel iran iraq qatar kuwait arabia dubai emirates europe asia benelux scandinavia nordic iberia apac emea
latam asean hongkong vlaanderen wallonie wallonia flanders california texas florida ohio michigan illinois
pennsylvania virginia georgia carolina jersey massachusetts arizona tennessee indiana missouri maryland
wisconsin colorado minnesota alabama louisiana kentucky oregon oklahoma connecticut iowa mississippi arkansas
kansas utah nevada nebraska idaho hawaii maine montana delaware dakota alaska vermont wyoming ontario quebec
alberta manitoba bavaria bayern hessen sachsen nordrhein westfalen
"""
_CITIES = """
amsterdam rotterdam eindhoven utrecht tilburg groningen almere breda nijmegen apeldoorn arnhem haarlem enschede
haarlemmermeer amersfoort zaandam zwolle leiden zoetermeer leeuwarden dordrecht maastricht ede alphen westland
alkmaar delft venlo deventer helmond hilversum amstelveen heerlen purmerend oss schiedam spijkenisse lelystad
almelo hoorn vlaardingen gouda assen veenendaal roosendaal hengelo emmen doetinchem middelburg vlissingen zeist
zutphen waalwijk sittard geleen roermond weert harderwijk barneveld tiel kampen nieuwegein houten woerden
capelle ijssel rijswijk voorburg hoofddorp schiphol antwerpen antwerp anvers gent ghent gand charleroi luik
liege brussel brussels bruxelles brugge bruges namur namen leuven louvain bergen mons mechelen aalst kortrijk
hasselt oostende sint-niklaas genk seraing roeselare verviers turnhout vilvoorde london birmingham manchester
liverpool leeds glasgow edinburgh bristol sheffield cardiff belfast dublin cork nottingham leicester cambridge
oxford southampton portsmouth plymouth brighton paris lyon marseille toulouse nantes strasbourg montpellier
bordeaux lille rennes reims grenoble dijon berlin hamburg munchen munich koln cologne frankfurt stuttgart
dusseldorf dortmund essen leipzig bremen dresden hannover nurnberg nuremberg duisburg bochum wuppertal bielefeld
bonn munster karlsruhe mannheim augsburg wiesbaden aachen kiel wien vienna graz linz salzburg zurich geneve
geneva basel bern lausanne winterthur luzern madrid barcelona valencia sevilla seville zaragoza malaga bilbao
murcia lisbon lisboa porto roma rome milano milan napoli naples torino turin palermo genova bologna firenze
florence venezia venice verona copenhagen kobenhavn aarhus odense aalborg stockholm goteborg gothenburg malmo
uppsala oslo bergen trondheim stavanger helsinki espoo tampere turku warszawa warsaw krakow lodz wroclaw poznan
gdansk praha prague brno budapest bucharest sofia athens istanbul ankara izmir moscow kyiv kiev riga vilnius
tallinn zagreb ljubljana belgrade bratislava york angeles chicago houston phoenix philadelphia antonio diego
dallas austin jacksonville columbus charlotte francisco indianapolis seattle denver boston nashville detroit
portland memphis louisville baltimore milwaukee albuquerque tucson fresno sacramento atlanta omaha raleigh miami
oakland minneapolis tulsa tampa orlando pittsburgh cincinnati cleveland toronto montreal vancouver calgary
ottawa edmonton winnipeg tokyo osaka kyoto nagoya yokohama beijing shanghai shenzhen guangzhou suzhou tianjin
wuhan chengdu nanjing hangzhou dongguan ningbo qingdao hong kong taipei seoul busan mumbai delhi bangalore
bengaluru hyderabad chennai kolkata pune jakarta bangkok manila hanoi saigon kuala lumpur sydney melbourne
brisbane perth adelaide auckland wellington cairo lagos nairobi johannesburg casablanca tel aviv riyadh doha
paulo rio janeiro buenos aires santiago bogota lima caracas haag den hague bosch hertogenbosch
"""
_MORE_CITIES = """
vegas newark orleans jose francisco richmond norfolk rochester syracuse hartford providence toledo dayton akron
wichita tucson anaheim riverside irvine scottsdale glendale plano boise spokane tacoma eugene durham greensboro
chattanooga knoxville birmingham huntsville savannah augusta jacksonville tallahassee lauderdale naples
peoria springfield lansing flint evanston schaumburg naperville dearborn stamford greenwich princeton trenton
camden wilmington allentown scranton harrisburg lancaster rosmalen veghel uden boxtel nijkerk drachten sneek
heerenveen hoogeveen meppel coevorden winterswijk oldenzaal hardenberg kerkrade geldrop valkenswaard
oosterhout bergschenhoek barendrecht ridderkerk papendrecht gorinchem sliedrecht naaldwijk wateringen katwijk
noordwijk lisse hillegom heemskerk beverwijk ijmuiden zaanstad huizen bussum naarden soest baarn culemborg
wageningen rhenen goes terneuzen hulst dordt mouscron tournai waregem ieper lier geel herentals beersel zaventem
machelen diegem wavre nivelles heidelberg ulm ingolstadt regensburg wurzburg erlangen darmstadt mainz koblenz
freiburg kassel gottingen braunschweig wolfsburg osnabruck oldenburg lubeck rostock magdeburg halle chemnitz
jena erfurt potsdam krefeld leverkusen solingen gutersloh siegen zug lugano gallen thun villach klagenfurt metz
nancy mulhouse angers clermont ferrand avignon toulon cannes nanterre courbevoie puteaux reading swindon
slough luton coventry wolverhampton derby stoke hull bradford newcastle sunderland aberdeen dundee swansea
newport exeter norwich ipswich peterborough guildford croydon wakefield bolton preston blackpool galway limerick
waterford brescia padova parma modena bergamo trieste cagliari vigo alicante cordoba granada coimbra braga
vantaa vasteras orebro linkoping helsingborg lund katowice lublin szczecin plzen ostrava cluj timisoara
thessaloniki patras halifax mississauga brampton markham laval surrey burnaby hobart canberra christchurch
pretoria durban monterrey guadalajara curitiba medellin cali noida gurgaon gurugram ahmedabad jaipur lucknow
"""
COUNTRIES = frozenset(_COUNTRIES.split())
CITIES = frozenset(_CITIES.split()) | frozenset(_MORE_CITIES.split())
PLACES = COUNTRIES | frozenset(_CITIES.split()) | CITIES
"""Every place, in the words in which names are compared."""
