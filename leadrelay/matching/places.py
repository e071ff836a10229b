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
COUNTRIES = frozenset(_COUNTRIES.split())
PLACES = COUNTRIES | frozenset(_CITIES.split())
"""Every place, in the words in which names are compared."""
