"""Words and surnames that live one letter from each other, so that none of them is another one mistyped."""

_REAL = """
aalbers abbey abbot abbott actor albert alberts alliance alliant allianz allied altas altra andersen anderson
andersson aster astor astra atlanta atlantis atlas backer baker bakker balcon barge barker baron barrett barter
barton bauer baxter becker bekker bennett benton berger bergman bergmann bernard bernhard bland blend boer
bolton bosch boston bouwer bower brand brandon branson brauer braun bread bridge bridges bronson brouwer brower
brown browne bruger bruun bundle burger burnett burton button cable calling candid candle canter canton capital
capitol carlson carson cartel carter carters cartier carton castle castor cattle centric centrica change charge
chorus clark clarke class clayton clean clear clerck cloud clown coast coat colling collins colton continent
continental cook cooke cooks cooper copper corbett cordon cortex corus cosmic cosmos cotton cradle cramer crown
daimler dalmer dalton daniel daniels davidson davies davis davison dawson decker dekker della delta dental
denton dinner dixon dobson doctor dream eagle earth easton edward edwards ellis ellison ericsson eriksen erikson
everett evers evert everts extra fable fabric fabrik factor falcon feather felon fenton fernandes fernandez
fiber field finder fischer fisher flower focal forest forge fountain fridge galley garcia garden gardener
gardner garrett geerts george gerrits gibson gilson glass gloss golden gomes gomez gonzales gonzalez gordon
gorge gracia graham grand granger grant grass guest hammer hammond hamper handle hansen hanson hansson harman
harmon harper harris harrison hartman hartmann haven heart hearth hendricks hendrik hendriks hendrix henriksen
hilton hobson hoffman hoffmann hofman hofmann holland holmes homes hooper hopper horison horizon horse horton
hostel hotel house houston howard howell hubbard hudson hughes hunter huston hutton infra intra jacobs jacobsen
jacobson jager jansen janssen janssens jarvis jensen jewel jobson johnson johnston johnstone jones jonson judson
keller kelley kellogg kelly kenton kessler klein kleine kline knight koch kosmos kraemer kramer kremer kuiper
kuipers kuyper label lambert lamberts large larsen larson larsson lawson layton leader leather leeman lehmann
lemon lennox lenox leonard level lever lexis lexus light lighting lightning lindberg lindgren lindstrom linen
livid local logan lopes lopez loyal lunar lundberg lundgren lundstrom maertens magic maier major manor maple
marge marina marine mariner maritime marked marker market marten martens martin martina martine martinez martini
martins mason master matric matrix mattel matter mawson maxim maximus maxwell mayer mayor medal meditronic
medtronic meier meijer melon mendes mendez mental merge mertens metal meter metre metrix metro meyer meyers
middle millar miller mills milton minor mister mobil mobile model modem modern moller monitor monster moor moore
moors more morgan morris morrison morton motor mountain mulder muller murphy murray muster myers naumann nelly
nelson neumann newton nexus nielsen night nilsen nilsson nixon norris norton novartis novatis ocean older olsen
olson olsson onion optic optics optima optimal optimus option opus orange order orient origin orion osborn
osborne packer paddle paint palmer panel panther paper parker party pastor paxton pearl pedersen peeters pelta
peres perez perkin perkins peters petersen peterson philip philips phillips pieters pietersen pilot pioneer
pivot plane planet plant pocket point polar porter poster potter pound powell power premier premium press
prestige preston price pride prime primus prins print prize puddle quest quick radio range rapid ratio raven
reed reid reilly rental reynold reynolds richards richardson richter ridge right riley ritter robert roberts
robertson robins robinson robson rocket rodgers rodrigues rodriguez rogers rolland rolling round royal russell
sable saddle salmon salon saloon sample sampson sanchez sandberg sanders sandisk saunders saxon scandisk schmid
schmidt schmitt schmitz schneider schroder schroeder schulte schultz schulz scout sector select semantic senior
sermon shark sharp shelf shell sherman shield shift sierra sight signal silver simmer simmons simon simons
simple simpson sintex sliver smart smeets smets smit smith smits snijders snow snyder snyders socket solar sonic
sound south space spare spark spencer spice spirit sport spring sprint square squire stack stage staple staples
start state stationary stationery steam steel stella stelle stephens stephenson sterling stevens stevenson
stewart stick stirling stock stone store storm story stream string strong stuart studio submit sullivan summit
sundberg super supreme sutton swift symantec symonds synaptics syntex table talon tanner target taxis temple
tempo terra tetra texas thomas thompson thomson tiger timer timmer tomson towel tower trace track tract tractor
trade trail train trend trial trust tucker turner twist ultra union unison unisys unity valid valley vandenberg
vanderberg vector velvet venture verge verhoef verhoeven vermeer vermeulen vertex victor vision visit visser
vissers vista visual vital vivid vogel vogler volley vortex voyage vulcan vulkan wagner waiter walker wallace
waller walter walters walton warner warren water waters watkins watson weather weaver webber weber webster
wegner wester weston wever wheel while white wilkins wilkinson willems williams williamson willow wilson window
winner winston winter wizard wonder word world wright youth zimmer
"""
REAL = frozenset(_REAL.split())
"""When both words of a pair are among these, they are two words."""
