"""Words in company names: legal forms, words that say little, abbreviations, opposites, names of one company."""

from collections.abc import Mapping
from types import MappingProxyType


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FAMILIES: Mapping[str, str] = {
    "us": "inc incorporated corp corporation co company cos companies llc lc compagnie cie coltd kk kabushikikaisha",
    "ltd": "ltd limited ltda ltee limitee coltd pty ptyltd proprietary pvt pvtltd privatelimited pteltd pte sdnbhd pl",
    "plc": "plc bhd publiclimitedcompany",
    "partnership": "lp llp lllp pllc pc pa",
    "bv": "bv bvba srl sprl cvba cv besloten vennootschap",
    "nv": "nv",
    "vof": "vof maatschap eenmanszaak commv snc scs",
    "gmbh": "gmbh ggmbh mbh gesmbh ug haftungsbeschrankt kft sro doo dooel sarl sarlau sasu eurl srls srlu sl slu lda",
    "kg": "kg ohg gbr kgaa ek gmbhcokg gmbhco egmbh",
    "ag": "ag aktiengesellschaft sa spa sab sau saa se societasEuropaea as asa oyj ab aktiebolag publ nyrt zrt dd ad",
    "small": "oy osakeyhtio aps sas ivs hb kb spk sapi sapa",
    "pl": "spzoo spzoospk zoo sp",
    "east": "ооо оао зао пао ао αε επε ooo oao zao pao ao uab sia ou tov pt tbk",
    "eg": "eg ev vzw asbl stichting foundationlegal cooperatie coop ua ba iks",
}
LEGAL: Mapping[str, str] = MappingProxyType(
    {word.lower(): family for family, words in _FAMILIES.items() for word in words.split()}
)
"""Legal form, written together and without dots -> its family; forms of two families are never the same company."""

_PHRASES = """
gmbh co kgaa|gmbh co kg|gmbh co ohg|gmbh co|ag co kg|ag co kgaa|se co kgaa|ug co kg|
sp z oo sp k|sp z o o|sp z oo|spolka z oo|spolka akcyjna|co ltd|company limited|pty ltd|
pvt ltd|private limited|pte ltd|sdn bhd|pty limited|pte limited|pvt limited|
proprietary limited|limited liability company|limited partnership|public limited company|
besloten vennootschap|naamloze vennootschap|s a s|s r l|s p a|s a|a s|b v|n v|l l c|s l|
s r o|d o o|v o f|c v|p t|k k|a g|s e|sa de cv|s de rl de cv|s de rl|sab de cv|de cv|
sociedad anonima|societe anonyme|s en c|en co|nv sa|sa nv|bvba sprl|srl bv|bv srl|ab publ|
and co|and company|and cie|m b h|gesellschaft mbh|n a
"""
LEGAL_PHRASES = tuple(tuple(one.split()) for one in _PHRASES.replace("\n", "|").split("|") if one.strip())
"""Legal forms of several words, longest first where one begins with another."""

LEGAL_ANYWHERE = _words(
    """
bv nv gmbh ltd llc inc plc sarl bvba cvba vof kgaa sprl llp incorporated kft oyj aps spzoo sro doo pty pte
"""
)
"""Legal forms that are nothing else, also in the middle of a name ('Acme BV Eindhoven')."""
LEGAL_FIRST = _words("nv bv ooo oao zao pao uab sia pt ооо оао зао пао ао oy ab vof sarl")
"""Legal forms that may stand before the name."""

CONNECTORS = _words("and en und et y og och")
PARTICLES = _words(
    """
the of de het van der den du des la le les el los las di da do dos das del della für fur for voor in op aan bij
te ten ter von vom zu zum zur a an at by
"""
)
"""Words that may be left out, or stand there, without its being another company."""
SURNAMED = _words("den der ten ter")
"""Particles by which two surnames differ: Van den Berg is not Van der Berg."""
DROPPABLE = _words("group groep gruppe groupe grupo gruppo concern koninklijke koninklijk")
"""Words for the whole of a company, or an honour that it has: who leaves them out means the same one."""
LEGAL_WORDS = _words("company corporation corp co limited ltd inc incorporated llc")
"""Legal forms that say as little where they stand inside a name."""
PARENTAL = _words(
    """
holding holdings hldg hldgs beheer international global worldwide europe emea benelux branch filiaal vestiging
vestigingen dependance niederlassung succursale subsidiary division divisie office kantoor hq headquarters
regional region area unit nederlandse ventures
"""
)
"""Words by which a parent, a branch or a daughter is told from the company itself."""
TAILS = _words("technology system solution industry enterprise")
"""Words behind a name that nobody says: Cisco (Systems), Akamai (Technologies)."""
LOCAL = _words(
    """
bank banks university hotel hotels hospital school college council municipality club restaurant cafe theater theatre
museum church port airport chamber court library clinic station city county stad gemeente hotelschool ziekenhuis
theater haven luchthaven bibliotheek rabobank sparkasse volksbank stadtwerke universiteit hogeschool
"""
)
"""What every city may have one of: without its city it is another one."""
APART = _words(
    """
bank banking bankers insurance assurance assurances capital fund trust investment investing finance financial credit
lease leasing foundation energy power gas oil water health healthcare medical hospital clinic pharma pharmaceutical
music film radio television university school college institute academy airlines airline airways air aviation motor
motors car cars truck auto hotel hotels restaurant cafe property realty estate real properties family brothers son
sons daughter daughters first national royal american european pacific atlantic western eastern northern southern
state federal union legal law audit tax accountants verzekeringen association association society federation
"""
)
"""Frequent words that name another business, or another owner, beside one of the same name."""
GROUPS = _words(
    """
siemens philips samsung sony hitachi toyota honda nissan mitsubishi mitsui sumitomo panasonic toshiba fujitsu nec lg
hyundai tata mahindra bosch volkswagen daimler mercedes bmw bayer basf thyssenkrupp allianz deutsche commerzbank
shell bp total esso exxon exxonmobil chevron texaco ge gm ford ibm hp dell microsoft google apple amazon oracle
virgin unilever nestle heineken ikea ahold akzo akzonobel dsm ing rabobank abn amro aegon kpn vodafone orange
telefonica santander bbva axa bnp citi citibank hsbc barclays deloitte kpmg ey pwc accenture capgemini randstad
adecco manpower hilton marriott hyatt sheraton abb roche novartis ericsson nokia volvo generali fiat enel eni
"""
)
"""Companies with so many daughters and branches that more behind their name is another one of them, as like as not."""

COMMON = _words(
    """
solutions services service systems system technology technical consulting consultancy consultant consultants
management partners partner associate industry industrial manufacturing products product trading trade traders
enterprise business financial finance bank banking bankers insurance assurance investment investing capital fund
trust wealth asset securities advisors advisory adviser realty property estate real home house construction
building builders contractor engineering design designs designers studio media marketing advertising
communications communication telecom network digital data software computer computing information info online
web internet electronics electric electrical electronic power energy gas oil petroleum water environmental solar
wind green health healthcare medical medicine clinic hospital dental pharma pharmaceutical pharmacy bio biotech
science scientific research laboratory lab laboratories food foods beverage restaurant cafe coffee bakery
kitchen catering hotel hotels resort inn travel tours tourism airlines airways air line lines aviation aerospace
transport transportation logistics shipping freight express cargo auto automotive car cars motor motors tire
truck parts equipment machine machinery machines tool tools hardware supply supplies supplier materials steel
metal metals chemical chemicals plastics paper packaging print printing press publishing publishers books news
times television radio entertainment film music sports sport club fitness games toys school college university
institute academy education learning training center central council government city county state public union
federal national american european royal general united universal first global pacific atlantic western eastern
northern southern north south east west store stores shop shops market markets supermarket retail wholesale
fashion clothing apparel shoe shoes wear jewelry beauty hair salon care cleaning maintenance repair security
safety protection legal law lawyers attorney accountants accounting audit tax staffing recruitment personnel
human resources group groep holding holdings international worldwide world company corporation foundation
association society federation brothers sons son daughters family company lawn garden farm farms agriculture
agro plant landscape wood timber furniture glass stone tile paint decor interior lighting light mobile phone
wireless cable satellite video photo audio image creative concept concepts ideas innovation innovations
innovative advanced applied integrated dynamic dynamics smart quality premier prime best super max plus pro
total one new life living direct discount value price fresh natural organic pure premium standard modern classic
professional commercial corporate customer client support delivery distribution distributors import export
packaging development developers architects bouw bouwbedrijf installatie techniek handel handelsonderneming
merchant merchants yard event wedding toy records record tapes mart town works yards
winkel bakkerij slagerij garage zorg advies adviesbureau administratie makelaars makelaardij verzekeringen bank
advocaten notaris transport vervoer logistiek schoonmaak onderhoud reclame uitgeverij drukkerij automatisering
dienst diensten beheer vastgoed werken werkplaats metaal hout tuin tuincentrum kwekerij landbouw ziekenhuis
gemeente provincie school stichting bedrijf bedrijven future plan planner planners star success dream handels
dienstleistung dienstleistungen technik maschinenbau bau verlag versicherung versicherungen werke werk
stadtwerke beratung vertrieb gesellschaft anstalt verein krankenhaus klinik societe services conseil assurances
banque industrie industries batiment travaux ingenierie materiel editions servizi societa impresa industriale
servicios construcciones electronica banco seguros soluciones consultores asesores
"""
)
"""Frequent words: that two names share them says little."""

_ABBREVIATIONS = """
intl=international internl=international intnl=international int=international internationaal=international
internationale=international mfg=manufacturing manuf=manufacturing mfr=manufacturing mfrs=manufacturing
bros=brothers gebr=brothers gebroeders=brothers gebruder=brothers univ=university universiteit=university
universitat=university universite=university tech=technology techn=technology technol=technology
technologies=technology technologie=technology technologien=technology tek=technology assoc=associate
assocs=associate assn=association ass=association associates=associate associated=associate svc=service
svcs=service serv=service servs=service srv=service srvs=service services=service grp=group groep=group
gruppe=group groupe=group grupo=group gruppo=group hldg=holding hldgs=holding holdings=holding natl=national
nat=national nationaal=national nationale=national amer=american ctr=center cntr=center centre=center
centrum=center zentrum=center centers=center ins=insurance insur=insurance finl=financial fin=financial
engrg=engineering eng=engineering engr=engineering pharm=pharmaceutical pharmaceuticals=pharmaceutical
chem=chemical chems=chemical chemicals=chemical comm=communication comms=communication commun=communication
communications=communication telecomm=telecom telecommunications=telecom telecommunication=telecom sys=system
syst=system systs=system systems=system sol=solution soln=solution solns=solution solutions=solution
mgmt=management mgt=management mngmt=management mgnt=management dev=development devel=development
dept=department ind=industry inds=industry indus=industry industries=industry industrie=industry
industrien=industry lab=laboratory labs=laboratory laboratories=laboratory mkt=market mkts=market mktg=marketing
mktng=marketing equip=equipment mach=machinery transp=transport trans=transport transportation=transport
const=construction constr=construction contr=contractor bldg=building bldgs=building hosp=hospital elec=electric
electr=electric electronics=electronic elektro=electric elektronik=electronic prod=product prods=product
products=product mat=material matls=material dist=distribution distr=distribution distrib=distribution
sw=software ent=enterprise entpr=enterprise enterprises=enterprise inv=investment invest=investment
investments=investment prop=property props=property properties=property rest=restaurant restaurants=restaurant
st=saint ste=saint sint=saint mt=mount ft=fort gen=general govt=government gov=government inst=institute
instit=institute org=organization organisation=organization partn=partner ptnrs=partner ptrs=partner
partners=partner consult=consulting cons=consulting consultants=consulting consultancy=consulting acad=academy
pub=publishing publ=publishing publ.=publishing reg=regional res=research env=environmental bus=business
supp=supply suppl=supply auth=authority automobile=auto automotive=auto adv=advanced advd=advanced 1st=first
2nd=second 3rd=third nederlands=nederland netherlands=nederland holland=nederland deutschland=germany
allemagne=germany duitsland=germany belgie=belgium belgique=belgium belgien=belgium osterreich=austria
oostenrijk=austria espana=spain italia=italy suisse=switzerland schweiz=switzerland zwitserland=switzerland
frankrijk=france usa=america us=america brasil=brazil polska=poland danmark=denmark sverige=sweden norge=norway
suomi=finland uk=britain centres=center airlines=airline airways=airway lines=line motors=motor stores=store
foods=food ctrs=center strs=store mkts=market markets=market mrch=merchant merch=merchant
merchants=merchant rlty=realty wrks=works maint=maintenance furn=furniture bus.=business wm=william chas=charles
geo=george thos=thomas jos=joseph
"""
ABBREVIATIONS: Mapping[str, str] = MappingProxyType(dict(pair.split("=") for pair in _ABBREVIATIONS.split()))
"""Short and other spellings of words -> the word that they are compared as."""

_OPPOSITES = (
    "north south east west northern southern eastern western noord zuid oost nord sud ost northeast northwest "
    "southeast southwest midwest",
    "first second third fourth fifth sixth seventh eighth ninth tenth one two three four five six seven eight nine ten",
    "junior senior jr sr",
    "upper lower",
    "new old",
    "red blue green white black yellow orange purple pink brown grey gray gold golden silver bronze rood blauw groen",
    "men women mens womens boys girls kids adult baby ladies",
    "import export",
    "public private",
    "big little small great",
    "spring summer autumn winter",
    "alpha beta gamma delta epsilon omega sigma",
    "bank insurance assurance capital",
    "i ii iii iv v vi",
)
OPPOSITES: Mapping[str, int] = MappingProxyType(
    {word: number for number, words in enumerate(_OPPOSITES) for word in words.split()}
)
"""Words of one number that never stand for each other."""

_KNOWN_AS = """
IBM|International Business Machines
HP|Hewlett Packard
P&G|Procter & Gamble
PwC|PricewaterhouseCoopers
EY|Ernst & Young
BMW|Bayerische Motoren Werke
VW|Volkswagen
GM|General Motors
GE|General Electric
AT&T|American Telephone & Telegraph
UPS|United Parcel Service
3M|Minnesota Mining & Manufacturing
J&J|Johnson & Johnson
KLM|Koninklijke Luchtvaart Maatschappij|KLM Royal Dutch Airlines
TSMC|Taiwan Semiconductor Manufacturing
HSBC|Hongkong & Shanghai Banking
BCG|Boston Consulting Group
TCS|Tata Consultancy Services
AMD|Advanced Micro Devices
RBS|Royal Bank of Scotland
RBC|Royal Bank of Canada
LVMH|Louis Vuitton Moet Hennessy|LVMH Moet Hennessy Louis Vuitton
GSK|GlaxoSmithKline
AMEX|American Express
BBVA|Banco Bilbao Vizcaya Argentaria
SNCF|Societe Nationale des Chemins de fer Francais
ING|Internationale Nederlanden Groep
AIG|American International Group
H&M|Hennes & Mauritz
BASF|Badische Anilin und Soda Fabrik
"""
KNOWN_AS = tuple(tuple(line.split("|")) for line in _KNOWN_AS.strip().splitlines())
"""Companies with two names, as everybody uses both; a company adds its own in rules/matching.yaml."""
