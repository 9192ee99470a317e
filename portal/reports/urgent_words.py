"""Families of words of danger as people text them: slang, voice typing, and spelling by ear, in both languages.

Pure. Each is a verb with its objects, matched like the patterns in `portal.reports.urgency`: at word boundaries of
folded text, and wrapped lines are joined.
"""

_WHO = r"""(?:they|theyre|he|hes|she|shes|guys?|dealers?|someone|somebody|sombody|some1|man|dude|people
    |my (?:ex|bf|husband|boyfriend|dad|stepdad|brother|roommate|girlfriend|wife))"""
_BE = r"(?:is |are |r |was |were |been |be |just |still |now |rn |already |drunk and |high and |there )*"
_MINE = r"(?:my|our|mi|nuestra)"
_DOOR = r"""(?:front |back |bedroom |side |damn |fucking )*(?:doors?|dor|windows?|house|hous|home|ap+art?\w*|apt|room
    |place|crib|trailer
    |garage)"""
_BODY = r"""(?:me|us|him|them|her|an?y?one|some ?(?:one|body|1)|(?:an?|the|this|that|my|some|our) (?:\w+ )?(?:kids?
    |guys?|man|boy|girl|woman
    |lady|dude|person|teen\w*|brother|son|cousin|friend|homie|nephew|uncle|neighbor|dad|mom|sister|daughter))"""

POLICE = r"(?:polic[ei]\w*|polise|polisia|polizia|cops?|officers?|sherr?iffs?|patrullas?|pol[iy]s)"
_BESIDE = r"""(?:please|pls|plz|now|rn|right now|asap|here|quick|quickly|hurry|fast|help|emergency|a|the|la|el|una|un
    |al|ya|por favor
    |porfavor|porfa|aqui|aca|urgente|urgent|urgentemente|rapido|pronto|ahorita|ahora|hello|hola|ayuda|to my \w+
    |at my \w+|a mi casa|en mi casa|right away|some|
    oiga|oigan|someone|somebody|alguien)"""
_GET = r"""(?:i |we )?(?:really )?(?:need|needs|want|get|send|bring|call|se?nd|[qk]u?iero|queremos|necesit[oa]
    |necesitamos|ocupo|ocupamos
    |(?:me |nos )?(?:pueden?|podria|podrian) (?:mandar|enviar|llamar)(?:me|nos)?|(?:mand|envi|llam|traig)(?:e|en|a
    |an)(?:me|nos|le)?
    |can (?:you|u|someone) (?:send|call|get))(?: me| us| a| to)*"""
_HELP = rf"""^(?:{_BESIDE} ){{0,6}}(?:{_GET} |pidan |consigan )(?:{_BESIDE} ){{0,6}}(?:help|ayuda|auxilio|somebody
    |someone|alguien)
    (?: {_BESIDE}){{0,8}}$"""
# The whole text: "the police never come" and "are you the police?" are something else.
_CALLS = rf"""^(?:{_BESIDE} ){{0,6}}(?:{_GET} )?(?:{_BESIDE} ){{0,6}}{POLICE}(?: {_BESIDE}){{0,8}}$
    |^(?:{_BESIDE} ){{0,6}}(?:hurry|apuren?se|dense prisa|vengan|rapido)(?: up)?(?: {_BESIDE}){{0,8}}$
    |(?:mand|envi|llam)(?:e|en|a)(?:me|nos|le)? (?:a )?(?:la |una |el )?{POLICE}(?= (?:rapido|ya|por favor|porfa
    |pronto|urgente|ahorita)|$)"""

_GUN = (
    r"(?:strap|choppa|chopper|burner|blick\w*|toolie|heater|piece|stick|k|ak|nine|9|draco|switch|uzi|bat|blade|shank)"
)
_ARMA = (
    r"(?:fusca|cuete|fierro|cuernos?|escuadra|quete|filero|metralleta|machete|bate|picahielo|plomo|super|corta|larga)s?"
)
_ARMED = rf"""glocks?|gloc|dracos?|ak ?47s?|ar ?15s?|shotguns?|strapped(?! for)|escopetas?|metralletas?|fuscas?
    |cuernos? de chivo
    |(?:with|got|gots|has|have|had|pull(?:ed|ing|s)?|hold(?:ing|s)?|carr(?:y|ying|ies)|flash(?:ed|ing)|show(?:ed
    |ing)?|wav(?:ed|ing)|up(?:ped)?)
    (?: up)?(?: me| us)? (?:an?|the|his|that|their|some) {_GUN}s?(?! (?:of|for sale))
    |(?:traen?|trai|trayen|tienen?|anda con|andan con|sac(?:o|aron)|ensen(?:o|aron)
    |con) (?:un |una |unos |su |sus |la |el )*{_ARMA}
    |(?:point|aim)(?:ed|ing|s|in) (?:(?:it|guns?|a|the|his|something|at) )*at (?:me|us|people|him|her|them|kids
    |every\w+|some\w+|my)"""

# Verb and object with a few words between them: what no phrase foresees.
_HARMS = r"""(?:hit|hits|hitting|beat|beats|beating|beatin|chok(?:e|es|ed|ing|in)|strangl\w+|slap\w*|punch\w*|stab\w*
    |slic(?:e|ed|ing)|shoot(?:s|ing)?(?! up(?! (?:the|my)))|shot|grab(?:s|bed|bing)?
    |snatch\w*|drag(?:s|ged|ging)?|shov(?:e|ed|ing)|jump(?:s|ed|ing|in)?|stomp\w*|attack\w*|assault\w*|kidnap\w*
    |chas(?:e|ed|es|ing)|stalk\w*|corner(?:ed|ing)|robb(?:ed|ing)|rob
    |mugg\w*|kill\w*|hurt|hurting|harm\w*|burn(?:ed|ing)?|(?:ran|run|running) over|hands on|swing(?:ing
    |s)? (?:\w+ ){0,3}at|threaten\w*|spit(?:ting)? on|tor?chur\w*|tortur\w*|molest\w*|rap(?:e|ed|ing)
    |touch(?:ed|ing)|smack\w*|tackl\w*|held down|pinn(?:ed|ing)|push(?:ed|ing)?|kick(?:ed|ing|s)?|forc(?:ed|ing))"""
_OF_US = r"""(?:me|us|my (?:little |older |big |baby |own )?(?:mom|mama|moms|dad|sister|brother|son|daughter|kids?
    |baby|child|children|boys?|girls?|wife|husband|friend|cousin|nephew|niece|grand\w+|family|neighbor|girlfriend
    |boyfriend|bf|gf|auntie|aunt|uncle|homie|roommate|face|neck|throat|arm|hair|ribs|head)|him|her
    |an? (?:\w+ )?(?:girl|woman|lady|kid|child|boy|man|guy|baby|teen\w*|dude|teenager|elder|person)|the (?:girl|woman
    |lady
    |kid|child|boy|baby)|someone|somebody|some (?:\w+ )?(?:girl|woman|lady|kid|guy|man|dude)|people|kids)"""
_HARMED = rf"""{_HARMS}(?: \w+){{0,2}}? {_OF_US}\b(?! (?:up(?! (?:bad|good|real|right|in|on|with|rn|outside))
    |out(?! (?:in|cold|with))|off|away|a (?:text|call|line|hug|ride|favor|message)|over(?! (?:the|by|with))|home
    |some))
    |(?:me|nos|lo|la|le|les) (?:\w+ ){{0,3}}(?:peg(?:a|an|o|aron|ando|ar)|golpe\w+|madre(?:a|an|o|aron|ando)
    |acuchill\w+|apunal\w+|dispar\w+|ahorc\w+|asfixi\w+|asalt\w+|empuj\w+|jalone\w+|secuestr\w+|acorral\w+|apuntaron
    |apunto con|apuntando
    |navaje\w+|pate(?:a|an|o|aron|ando)|aventaron|avento)
    |(?:peg|golpe|madre|acuchill|apunal|ahorc|asalt|correte|persig|jal|amenaz|secuestr
    |patea)\w*(?: \w+){{0,2}} a (?:mi|mis|un|una|unos|alguien|la|su) ?(?:\w+)?
    |(?:llevaron|llevo|subieron|metieron|jalaron|agarraron)(?: \w+){{0,2}} a (?:la fuerza|mi \w+|una? (?:muchach|nin
    |senor|joven|mujer|chav)\w*)
    |(?:sac(?:o|aron)|puso|pusieron)(?:le)? (?:un |una |la |el )(?:navaja|cuchillo|pistola|arma|machete|punta)
    |(?:me|nos) (?:quieren?|van?|iban?)(?: a)? hacer(?:me|nos)? (?:algo|dano|mal)
    |(?:yelling|screaming|cussing) at (?:me|us)|me (?:esta|estan|anda) gritando|(?:aventaron|tiraron|avento)(?:me
    |nos)? (?:una |un |de )?(?:botella|piedra|ladrillo|pedrada)s?
    |(?:(?:my|mi) (?:\w+ )?(?:ex|bf|bd|boyfriend|husband|stepdad|marido|esposo|novio|papa|padrastro)|he|el) (?:wont
    |will not|refuses to|doesnt want to|no se quiere|no se va|anda loco|is going crazy|going crazy|went crazy)
    (?: (?:leave|go|ir|de|y|and|here|on|with)|$)"""
_HURT = r"""(?:bust(?:ed)?|split|broke|broken|cut|bruised|crack(?:ed)?|bit|knocked) (?:my|his|her|their|our) (?:lip
    |face|nose|eye|arm|jaw|head|ribs?|teeth|tooth|neck|hand|finger)s?
    |(?:me|le|les|nos) (?:cort|romp|revent|part|quebr|abr)\w+ (?:la|el|las|los) (?:cara|nariz|boca|ceja|cabeza|brazo
    |labio|dientes?|mano|pierna|cuello)
    |(?:my \w+|me|him|her|us|them) (?:\w+ )?(?:pinned|cornered|surrounded|tied up|held down|beat up|knocked out
    |at gunpoint)|surround(?:ed|ing|s) (?:me|us|my|our|the (?:car|house))|rode(?:aron|ado|ados|ando) (?:a |mi|nuestr
    |la casa|el carro)\w*
    |(?:got|get|was|were|been|being) (?:just )?(?:robbed|mugged|jumped|stabbed|shot|beat(?:en)?|attacked|assaulted
    |raped|kidnapped|carjacked)
    |(?:pulling|yanking|banging|hitting|punching|kicking|shaking|opening|jumping)(?: \w+)? (?:on|at|my
    |our) (?:my |our )?(?:car|truck|door|gate|window)
    |(?:fight\w*|peleas?|peleando|pelean|golpes)(?: \w+){0,3} (?:with|con) (?:\w+ )?(?:bats?|knives|knife|machetes?
    |guns?|pipes?|sticks?|bottles?|bates|cuchillos?|palos|tubos|botellas|navajas|pistolas?|cadenas|chains?)
    |if i (?:snitch|talk|tell|told|call|say|speak|text)\w*(?: \w+){0,3} (?:dead|kill\w*|hurt\w*|get|burn\w*|sorry
    |regret)|(?:hit|money|bounty|green ?light|price) (?:out )?on (?:me|my head|my family|us)
    |si (?:hablo|digo|aviso|abro la boca|llamo)(?: \w+){0,4} (?:mat\w+|quem\w+|muert[oa]|golp\w+|pesar|desaparec\w+)
    |smoke (?:is )?(?:coming|pouring|billowing)(?: out| from| in)|(?:sale|saliendo) (?:mucho )?humo
    |(?:screaming|crying|yelling|begging|hollering|gritando|llorando|grita|pide|pidiendo)(?: \w+){0,3} (?:help
    |please stop|stop please|let (?:me|her|him) go|ayuda|auxilio|que la suelten|que pare)
    |(?:woman|girl|lady|neighbor|wife|mujer|nina|senora|vecina|muchacha) (?:is |was |next door |esta |s )*(?:scream
    |holler|grit)\w*
    |(?<!job )(?<!boss )(?<!work )(?<!manager )(?:wont|will not|not|doesnt|isnt) let(?:ting)? (?:me|us|her
    |them) (?:out|call|leave|go)(?= (?:of (?:the|this)|and|cause|cuz|or)|$)
    |linch\w+|(?:me|nos|lo|la|te) (?:van?|quieren?|dijeron que)(?: a)? (?:desaparecer|levantar|quebrar|tronar|picar
    |balear|encajuelar|linchar|acabar)|desaparecer(?:me|nos)
    |(?:estoy|estamos|me quede|nos quedamos|quede) encerrad[oa]s?|(?:im|were|i am) locked (?:in|inside) (?:my|the|his
    |a|our)|chokehold|gunpoint|knifepoint|a punta de"""
_STILL = r"""bust(?:ed|in|ing|s)? (?:through|thru|in|into|down|open)(?= (?:my|our|the|a)|$)|(?:trying to|tryna
    |tryin to) (?:steal|rob|jack|carjack)(?! (?:the store|customers))
    |(?:threw|throwing|thrown|throws|thru) (?:a |an |some )?(?:bricks?|rocks?|bottles?|molotov|something) (?:thru
    |through|at|in|into) (?:my|our|me|us|the window)
    |being held (?:by|against|hostage|captive|(?:in|at) (?:that|a|his) )|held (?:captive|hostage|against|down)
    |(?:follow(?:ed|ing|s)?|jack(?:ed|ing)|rob(?:bed
    |bing)) my (?:\w+ )?(?:daughter|son|kids?|sister|brother|mom|cousin|wife|niece|nephew|friend|girl|baby)
    |(?:kid|child|baby|toddler|little (?:boy|girl)) (?:\w+ ){0,3}(?:alone|lost|unattended|locked in|abandoned)
    |fire (?:in|at|by) (?:the |a )(?:dumpster|trash|car|bushes|lobby|hallway|stairs\w*|woods|field|shed)
    |me (?:agarr|apret|jal|estir)\w+ (?:del?|de la|de los|por el|por la) (?:cuello|brazo|pelo|cabello|garganta)
    |[bv]alace\w*|(?:cerr|tap)aron el paso
    |(?:se oyen|oigo|escucho|se escuchan|hear|heard|hearing)(?: \w+){0,3} (?:gritos|screams?|screaming|gritando)
    |meter a mi \w+ (?:a|en) (?:un|el|la|una) (?:carro|coche|camion\w*|troca|van|casa|cuarto)"""
_SHOTS = r"""(?:let|letting|popp?(?:ed|ing|in)?|bust(?:ed|ing|in)?|fir(?:ed|ing)|emptied|dump(?:ed|ing)|tir(?:aron
    |ando|o)|echaron|solt(?:o|aron))(?: \w+){0,4} (?:rounds?|shots?|clips?|bullets?|balazos?|tiros|plomazos?
    |cuetazos?)
    |\d+ (?:rounds|shots|tiros|balazos)|drive ?by(?= shooting|$)|(?:in|on|from) (?:his|her|their|the) (?:waist ?band
    |waist|hip)(?! of)|armas? (?:largas?|de fuego|cortas?)
    |swing(?:ing|s|in)? (?:an?|the|his|that|some) (?:\w+ )?(?:pipe|bat|pole|hammer|machete|axe|chain|knife|bottle
    |stick|crowbar|golf club|sword)
    |(?:circling|casing|lurking|prowling|creeping|peeking|peeping)(?: \w+){0,3} (?:my|our|the) (?:house|crib|place
    |home|block|apartment|window|car|door)
    |(?:rondando|merodeando|vigilando|acechando)(?: \w+){0,2} (?:mi|nuestra|la) (?:casa|puerta|ventana|cuarto
    |depa\w*)|preguntando por (?:mi|nosotros)(?= |$)"""
_BEATEN = rf"""(?:jump|jumps|jumped|jumpin|jumping|stomp(?:ed|in|ing)|beat(?:in|en|ing)?(?: up| down)?|slapp?(?:ed
    |ing)) (?:on )?{_BODY}
    |(?:got|get|getting|gettin|gonna|going to|about to|finna|tryna) jump(?:ed)?(?= |$)(?! (?:in|on|the|off|for|into
    |start|rope))
    |golpizas?|palizas?|madriz[ae]s?|putizas?|a (?:golpes|chingazos|madrazos|patadas|punetazos|trancazos|palos|batazos)
    |(?:me|nos|lo|la|le|les) (?:quieren?|van?|iban?|querian?)(?: a)? (?:golpear|pegar|madrear|partir|matar|picar
    |balacear|levantar|tirar)
    |golpear(?:me|nos|lo|la|los)|madre(?:ando|aron|arme|arlo)
    |{_WHO} {_BE}(?:punch|hit|break|breakin|smash|throw|tear|trash|destroy|kick|wreck)(?:ing|in|es|s)?(?: up
    | apart)? (?:\w+ )?(?:walls?|everything|things
    |stuff|furniture|dishes|doors?|tv|house|place|apartment)
    |(?:esta|estan|anda|andan) (?:tirando|quebrando|rompiendo|destrozando|aventando|golpeando|pateando) (?:todo|cosas
    |(?:la|las|los|mi|mis) (?:cosas
    |casa|puertas?|muebles|vidrios|paredes?|platos|ventanas?))"""

_FOLLOWED = r"""(?:me|nos) (?:vienen?|viene|estan?|andan?|van?|han?|venian?) (?:estado )?(?:siguiendo|persiguiendo
    |correteando|vigilando|acosando|buscando)
    |(?:me|nos) (?:persiguen?|corretean?)|(?:me|nos) siguen?(?= (?:un|una|unos|hasta|a mi|por|desde|en|dos|los|el)|$)
    |stalk(?:ing|in|s|ed)? (?:me|us|my)
    |(?:andan?|estan?|vienen?|fueron) (?:buscando|a buscar) a (?:mi|mis)
    |(?:theyre|they are|they r|hes|he is|came|come|are|were|is) (?:looking|lookin) for (?:me|us|my (?:brother|son
    |kids?|husband|bf|cousin|family|nephew|daughter))"""
# Whoever wrote to us was seen, or is known.
_NOT_ASKED = "".join(rf"(?<!\b{word} )" for word in ("will", "would", "do", "does", "if", "can", "could"))
_FOUND_OUT = rf"""{_NOT_ASKED}{_WHO} {_BE}(?:knows?|knew|found out|heard|figured out|think
    |thinks) (?:that )?(?:it was me|it is me|its me
    |i (?:told|called|texted|snitched|reported|said|talked|wrote|ratted)|where (?:i|we) (?:live|liv|stay|work|sleep)
    |my address|who told)
    |{_WHO} {_BE}(?:saw|seen|caught|spotted|recognized) (?:me|us)(?: \w+){{0,5}} (?:coming|comin|walking|running
    |headed|outside|here|following)
    |(?:theyre|they are|they r|hes|he is|shes|guys are|there) (?:coming|comin|walking|running|headed
    |heading) (?:(?:right|over|up|straight|out|back)
    )*(?:for (?:me|us)|after (?:me|us)|at (?:me|us)|to(?:wards?)? (?:me|us|my)|over here|my way|over$|now$)
    |(?:caught|catched|spotted|saw|seen) (?:me|us) (?:filming|recording|taking|texting|calling|videoing|reporting
    |talking to|looking)|(?:find|finds|found|finding) out (?:that )?(?:i (?:text|call|told|tell|snitch|report|said
    |wrote|talk)\w*
    |it was me|its me)
    |(?:ya )?(?:me|nos) (?:ubicaron|ubican|tienen ubicad[oa]s?|identificaron|agarraron|pescaron
    |cacharon) ?(?:grabando|tomando|y)?
    |(?:theyre|they are|they r|hes) (?:coming|comin)$|(?:coming|come|came) (?:for|after) (?:me|us|my (?:family|kids
    |son|brother))(?= |$)
    |(?:me|nos) (?:vieron|descubrieron|cacharon|reconocieron|encontraron|ubicaron)(?! (?:el doctor|en el (?:doctor
    |hospital)))
    |vienen? (?:\w+ )?(?:para aca|pa ca|hacia (?:aca|mi|nosotros|nuestra|la casa)|por (?:mi
    |nosotros)(?= |$)(?! (?:calle|cuadra|barrio)))
    |(?:ya )?saben? (?:que )?(?:(?:yo )?(?:fui yo|yo fui|avise|llame|hable|escribi|los reporte|yo avise|yo llame
    |yo los|dije)|donde (?:vivo
    |vivimos|trabajo|vive mi))"""

_THREATENED = r"""(?:gonna|going to|gon|goin to|bout to|about to|finna|tryna|trying to|will|theyll|hell|wants? to
    |said (?:they|he)d) (?:get|come for|find|shoot up
    |shoot at|burn(?: down)?|light up|spray|beat|fight|jump|hurt|kill|air out|smoke|rob|cut|stab) (?:me|us|my|our|him
    |her)
    (?! (?:some|a|in|out|to the|there|home|something|up for|know|if|when|info|more))
    |(?:me |nos |le )?(?:va|van|quieren?|iban?) (?:a )?(?:quemar|balacear|rafaguear|incendiar|tumbar|matar)(?:me|nos
    |le)? (?:la|mi|nuestra|el|a)
    |(?:me|nos) (?:va|van) a (?:pesar|ir mal|arrepentir|chingar|cargar|llevar la)"""
_TRAPPED = rf"""{_WHO} {_BE}(?:has|have|had|got|gots|keep|keeps|kept|keeping|hold|holds|holding) (?:me|us|her|him
    |my \w+) (?:locked|trapped|tied|hostage|against
    |in (?:the|a|his|her|their|my) (?:car|van|trunk|truck|room|basement|closet|bathroom|house))
    |(?:put|threw|forced|dragged|pulled|shoved) {_BODY} in(?:to|side)? (?:the|a|his|their|that) (?:\w+ )?(?:car|van
    |trunk|truck|suv|house|alley)
    |(?:locked|tied) (?:me|us|her|him|my \w+) (?:in|up|inside)|(?:im|i am|were|we are|got me|has me
    |have me) (?:locked in|trapped|tied up|held)
    |cant (?:get out|escape)(?! of (?:work|bed|my|it|this|the meeting|that|class|school|town))
    |{_WHO} {_BE}(?:wont|will not|doesnt|dont|not|isnt|aint|never|refuse\w* to) let(?:ting|tin)? (?:me|us|her
    |my \w+) (?:leave|go|out|in|call|get out)
    (?! (?:early|to the meeting|from work))
    |(?:im|i am|were|we are|me and my \w+ are|shes|kids are) (?:\w+ )?(?:hiding|hidin|hid)(?! (?:from (?:work
    |the (?:cold|rain|sun))|my))
    |(?:estoy|estamos|esta mi \w+) (?:aqui )?escondid[oa]s?|(?:me|nos) escond(?:i|imos)
    |(?:me|nos|la|lo|le) (?:tienen?|dejo|dejaron|tuvieron) (?:\w+ )?(?:encerrad|amarrad|secuestrad)[oa]s?|(?:me
    |nos) encerr(?:o|aron)
    |no (?:me|nos|la) dej(?:a|an) (?:salir|ir|irme|entrar a mi casa)(?! (?:\w+ ){{0,3}}(?:vend|trabaj|turno|jale
    |chamba|escuela|clase|temprano
    |mi jefe))"""
_BREAK_IN = rf"""(?:break|breaks|breakin|breaking|brake|brakes|brakin|braking|broke|kick|kicks|kickin|kicking|bust
    |bustin|busting|forc(?:e|ing)|pry|prying
    |climb|climbing|sneak|sneaking|get|getting|come|coming|burst|bang|banging) (?:(?:in|into|in to|down|open|on
    |through|thru|at) )*{_MINE} {_DOOR}
    (?! (?:every|all|again and|key|mail|light))
    |(?:trying|tryna|tring|tryin) (?:to |2 )?(?:break|brake|kick|get|bust|force|come|climb) (?:in|inside|my door
    |the door)(?! (?:shape|touch|the (?:church|school
    |meeting)|line|to))
    |(?:tratando de|tratan de|trata de|quieren?|intentan?|intentando|queriendo) (?:abrir|forzar|tumbar|patear|romper
    |brincar|entrar|meterse)
    (?:(?: a| en| por| la| las| mi| nuestra))+ (?:puertas?|ventanas?|cerradura|chapa|casa|depa\w*|apartamento|traila
    |cuarto)(?! (?:de la|del) (?:tienda|iglesia
    |escuela|parque))
    |se (?:me )?(?:estan?|andan?) metiendo(?= (?:a la|a mi|por|en mi|en la|a nuestra)|$)|(?:quebraron|rompieron
    |tumbaron|patearon|forzaron) (?:la|mi|nuestra) (?:ventana|puerta|chapa) (?:y|para|de mi)
    |(?:estan?|andan?) (?:forzando|tumbando|pateando|abriendo|rompiendo|empujando|brincando) (?:la|mi|nuestra
    |las) (?:puertas?|ventanas?|cerradura|chapa|reja)"""
_KIN = r"""(?:step ?(?:dad|father|mom|mother|brother)|dad|daddy|father|mom|mother|uncle|grandpa|grandfather|cousin
    |brother|teacher|coach|boyfriend|bf|husband|ex|babysitter|neighbor|pastor|boss)"""
_PARIENTE = r"""(?:padrastro|madrastra|tio|papa|padre|abuelo|primo|hermano|novio|marido|esposo|maestro|entrenador
    |vecino|patron|jefe)"""
_ABUSED = rf"""(?:{_KIN}|he|hes|they|she|man|guy) (?:is |was |be |been |just |always |still |keeps? |kept |likes to )*
    (?:touch(?:es|ed|ing|in)?|feel(?:s|ing)? (?:on )?up|abus(?:es|ed|ing)|molest(?:s|ed|ing)?) (?:on )?(?:me|us
    |my (?:\w+ )?
    (?:daughter|son|kids?|sister|brother|niece|nephew))
    |{_KIN} (?:is |was |be |been |just |always |still |keeps? |kept )*(?:hurt(?:s|ing|in)?|hits?|hitting|beats?
    |beating) (?:on )?(?:me|us|my (?:mom|mother|sister|brother))
    |(?:touch(?:es|ed|ing)?) (?:me|her|him) (?:down there|there|in (?:my|her|his) private\w*|when (?:i|she|he))
    |(?:mak(?:e|es|ing|in)|made|forc(?:e|es|ed|ing)) (?:the |these |those |them |some |little )*(?:girls?|women
    |kids?|her
    |me|them|ladies|boys?) (?:to )?(?:do (?:stuff|things|tricks)|have sex|sleep with
    |sell (?:her|them|my) ?sel\w+|prostitut\w*)
    |(?:girls?|women|kids?|they|she) (?:cant|cannot|arent allowed to|are not allowed to|isnt allowed to) leave
    (?! (?:their|work|trash|cars?|us|it|me|the (?:bikes?|toys?)))
    |(?:want|wants|need|needs|trying|tryna|try|afraid|scared) (?:to )?(?:leave|get away from
    |escape(?: from)?) (?:him|my
    (?: (?:husband|boyfriend|bf|ex|dad|stepdad|family|man)))
    |(?:leave|get out|go)(?: \w+){{0,2}} but (?:he|my (?:husband|boyfriend|bf|ex)) (?:has|took|took away|hid|wont
    |keeps)
    |(?:take|get) (?:me|us) away from (?:him|them|my \w+|this man|here)|(?:me|nos) saquen? de (?:aqui|ahi|esta casa)
    |get (?:him|them|this (?:man|guy|dude)) off (?:of )?(?:me|us|her)
    |(?:get|take) (?:me|us|her) (?:out|outta) (?:of )?(?:here|there(?! list)|this (?:house|place|car|room)|his
    |that house)
    |mi (?:{_PARIENTE}) (?:me|nos|la|lo) (?:(?:esta|anda|sigue) )?(?:toca|tocando|toco|tocaba|manose\w+|lastim\w+
    |hace (?:dano|cosas)|hizo (?:dano|cosas)|oblig\w+|abus\w+)
    |mi {_PARIENTE} abus\w+ de (?:mi|nosotr[oa]s|ella)
    |me (?:toca|tocaba|toco|tocan) (?:mis partes|donde no|alla abajo|por debajo|el cuerpo|cuando)
    |(?:obligan?|fuerzan?|forzan) a (?:(?:las|los|unas|unos|esas|mi|mis|varias) )*(?:ninas?|ninos?|muchach[ao]s?
    |mujer(?:es)?
    |chav[ao]s?|menores|hij[oa]s?) a
    |no (?:las|la|los|lo) dejan (?:salir|irse|ir)
    |(?:saquen?|saca|saqueme)(?:me|nos)? (?:ya )?de (?:aqui|ahi|esta casa|este lugar|su casa|este cuarto)"""
_HURRY = r"""(?:can|could|will|would) (?:some ?(?:one|body)|you|u|yall|anyone|anybody|you guys) (?:please )?(?:come
    |get here)
    (?: (?:here|over|out|quick|fast))* ?(?:right now|now|rn|asap|quick|fast|right away)(?= |$)
    |how (?:long|soon|fast)(?: \w+){0,3} (?:you|u|they|some ?one)(?: \w+){0,1} (?:get here|come here|be here|show up)
    |(?:puede|pueden|podria|podrian) (?:venir|llegar) (?:alguien |alguna persona |usted(?:es)? )?(?:ya|ahora
    |ahorita|rapido
    |pronto)(?= |$)
    |(?:en )?(?:cuanto|cuanto tiempo) (?:se )?tardan? en (?:venir|llegar)
    |^(?:\w+ ){0,3}se (?:me|nos) (?:va|esta yendo|muere)(?: (?:se|me|nos|va|por favor|ya|ayud\w+|rapido
    |dios mio))*$"""
_ACCIDENT = r"""carbon monoxide|monoxido
    |(?:co|co2|smoke|fire|gas) (?:alarm|detector)s? (?:is |are |keeps? |wont |been )*(?:just |still )?(?:going off
    |goin off|went off|beep\w*|ring\w*|stop|scream\w*)|alarma de (?:gas|humo
    |incendios?)
    |(?:baby|kid|child|toddler|infant|little (?:boy|girl)|kids|babies)(?: \w+){0,3} (?:in|inside) (?:of )?(?:an?
    |the|this|that|his
    |her|their) (?:\w+ )?(?:car|truck|van|suv)(?: \w+){0,3} (?:by (?:it|him|her|them) ?sel\w+|alone|hot|windows?
    |locked|crying)
    |(?:bebe|nin[oa]s?|criatura)(?: \w+){0,3} (?:encerrad[oa]s?|sol(?:o|a|os|as|it[oa]s?)
    |llorando)(?: \w+){0,2} (?:en|dentro de) (?:un|el|una|la) (?:carro|coche|troca|camioneta|van|auto)
    |(?:bebe|nin[oa]s?|criatura)(?: \w+){0,2} (?:en|dentro de) (?:un|el|una|la) (?:carro|coche|troca|camioneta
    |van|auto)
    (?: \w+){0,3} (?:encerrad[oa]s?|sol(?:o|a|os|as|it[oa]s?)|llorando|calor)
    |(?:poked|pricked|stuck|stabbed|stepped|steped)(?: \w+){0,3} (?:an |a |the )?(?:\w+ )?(?:needle|syringe)s?
    |(?:needle|syringe)s?(?: \w+){0,3} (?:poked|pricked|stuck|stabbed|went in)
    |(?:pic|pinch|clav|encaj|enterr)(?:o|aron|ado|ada|e|aste)(?: \w+){0,2} (?:una|la|el|las) (?:aguja|jeringa)s?
    |(?:hes|shes|he is|she is|ex is|they are|theyre|dad is|mom is) drunk ?driv\w*|driving (?:drunk|high) with (?:my
    |the|his|her) \w+
    |(?:car|truck|van|suv|somebody|someone)(?: (?:just|a|driver))* (?:crash\w*|slammed|smashed|plowed) (?:in ?to
    |through) (?:an?|the|my|our
    |some\w*) (?:\w+ )?(?:house|building|people|crowd|store|porch|apartment\w*|bus stop|kids?|man|woman|pole|tree
    |fence)
    |(?:carro|coche|camioneta|troca|camion) (?:choco|se estrello|se impacto|se metio) (?:a|en|contra) (?:una?|la|el
    |mi|nuestra)
    (?: (?:casa|edificio|tienda|gente|porche|poste|parada))
    |(?:want|wants|wanna|going|gonna|finna|about|bout|ready|could|will|ill|said (?:he|they|she)(?: would| will
    |d)?) (?:to )?
    (?:kill|shoot|stab) (?:that|the|this|these|those|all|every|all the) (?:\w+ )?(?:dealers?|guys?|m[ae]n|people
    |dude|neighbors?|kids?
    |mf\w*|boyfriend|landlord)
    |(?:gonna|going to|finna|bout to|about to|will|wants to|threaten\w* to|d|said (?:he|they|she)) (?:burn|blow
    |shoot)(?: down
    | up)? (?:the|this|that|our|my) (?:\w+ )?(?:house|building|apartments?|place|church|car|trailer)
    |(?:va|van|quieren?|amenaz\w+ con)(?: a)? (?:quemar|incendiar|balacear|volar) (?:la|el|mi|esta|este) (?:casa
    |edificio|iglesia|carro
    |negocio|traila)"""
_LIES_DEAD = r"some ?(?:one|body|1) (?:is |might be |maybe |looks |laying |lying )+dead"

DANGER = (
    _CALLS,
    _HELP,
    _HARMED,
    _HURT,
    _STILL,
    _SHOTS,
    _ARMED,
    _BEATEN,
    _FOLLOWED,
    _FOUND_OUT,
    _THREATENED,
    _TRAPPED,
    _BREAK_IN,
    _LIES_DEAD,
    _ABUSED,
    _HURRY,
    _ACCIDENT,
)

_PILLS = r"(?:pills?|pils|meds?|pastillas?|pastiyas?|pildoras?|tylenol\w*)"
_ENDS = rf"""off(?:in|ing|ed)? (?:my|him|her|your|our|them) ?sel(?:f|ves)
    |s(?:o|u|ou|ui|ue|ua|oi|uy|uoi|oui|uia)[csz]+[iy]d[aeio]\w*
    |(?:ready to |gonna |going to |want to |wanna |about to )end (?:things|everything|this life)|end (?:things
    |everything) (?:tonight|today|now|for good)
    |(?:want|wish|need) (?:it|everything) (?:all )?to be over(?! (?:with|there|here))|(?:want|need|make) (?:the|my
    |this) pain (?:to )?(?:stop|end|go away|be over)
    |^(?:(?:i|im|just|really|ya|god) )*(?:cant|cannot) (?:do (?:this|it|life)|take (?:life|living))(?: (?:no more
    |any ?more
    |any longer|no longer))*$
    |(?:cant|cannot) (?:do|take) (?:this|it|life)(?: \w+){{0,3}} (?:goodbye|good bye|bye)
    |(?:good ?bye|adios|farewell) (?:\w+ )?(?:everyone|everybody|yall|all|world|forever|cruel world|a todos
    |a tod[oa]s|mundo|para siempre)
    |(?:im|i am) (?:so )?(?:done|finished|over) (?:with )?(?:life|living|being alive|this (?:life|world)
    |everything and everyone)
    |(?:be|live|stay) (?:here )?(?:in|on) this (?:world|earth|planet)(?: \w+){{0,2}} (?:more|longer)
    |(?:no one|nobody|noone) (?:needs|loves|would notice if|cares if) (?:me|i)|(?:rather|better) (?:i |if i )?(?:be
    |was|were) gone
    |^(?:(?:ya|yo|que|dios mio) )*no (?:puedo|aguanto) mas(?: (?:con esto|asi|con mi vida))*$
    |(?:ya )?no aguanto (?:esta|la|mi) vida
    |no quiero estar (?:aqui ya|en este mundo|viv[oa])|nadie me (?:necesita|extrana)
    |{_PILLS} (?:are |is |right )?in my hands?|(?:i|ive) (?:have|got|bought|saved)(?: up)? (?:(?:a|the|my|all|these
    |enough|some|lots|of|full|whole|bottles?|handful
    |bunch) )*{_PILLS}(?= (?:in|and|with|ready|right|here|now|next)|$)|got {_PILLS} (?:ready|right here|in my hand)
    |(?:tengo|agarre|junte|compre) (?:(?:un|una|unas|las|mis|el|todas|de|frasco|bote|punado|monton
    |muchas) )*{_PILLS}(?: (?:en la mano|en mi mano|list[oa]s|aqui|y))
    |(?:see|seeing|find|have|veo|encuentro|hay|no|any) (?:\w+ )?(?:point|reason|use|caso|sentido)(?: \w+)? (?:in|to
    |of|a|de|en|for) (?:(?:me|my|keep|even|seguir) )*(?:being (?:here|alive)|living|life|live|exist\w*|go on|going on
    |wak\w+ up
    |vivir|seguir(?= viv|$)|(?:la|mi) vida|existir|viviendo)
    |(?:gonna|going to|about to|finna|bout to|ready to|voy a|thinking of|pienso) (?:take|swallow|down|eat
    |tomar(?:me)?|tragar(?:me)?)(?:ing)? (?:(?:all|these|my|the|a|whole|bunch|of|bottle|todas|estas|las
    |mis) )*(?:pills?|meds|pastillas?|pildoras?)
    |(?:go to sleep|sleep|dormir(?:me)?|fall asleep)(?: \w+){0, 3} (?:not|never|dont|no|sin) (?:wake|waking|despertar
    |volver)(?: up)?|end(?:ing)? things(?= (?:tonight|today|now|for good|myself)|$)|(?:thinking|thought
    |plan\w*)(?: of| about| on| to)* end(?:ing)? (?:things|it)
    |(?:(?:me|se) \w+(?: a)? (?:aventar|tirar|lanzar|arrojar)|(?:aventar|tirar|lanzar|arrojar|echar)(?:me|se)) (?:a
    |al|del|de|enfrente|desde) (?:\w+ )?(?:vias?|tren|metro|puente|techo|edificio|azotea|carro|carros|camion|rio)
    |(?:cut|cuts|cutting|hurting|burning) (?:on )?(?:my|her|his) (?:arms?|legs?|thighs?|skin|wrists?|self)|cort(?:a
    |ando|o|ar|e)(?:se|me)? (?:los|las|sus|mis) (?:brazos?|piernas?|munecas?|venas?)
    |(?:no puedo|no aguanto) mas con (?:mi vida|todo|nada)|(?:cant|dont want to|cannot) (?:keep|go on) (?:living
    |going like this|with (?:my|this) life)|hang (?:my|her|him)self|colgar(?:me|se)(?= |$)(?! (?:de la|el telefono))
    |(?:life|living|my life|it) (?:aint|isnt|is not|not|no es) worth (?:it|living|nothing|anything)|(?:standing
    |sitting|im) on (?:the|a) (?:bridge|ledge|roof|overpass|edge|tracks)
    |(?:take|drink|swallow|down) (?:the|this|a) (?:whole|entire|full) (?:bottle|box|pack)|(?:acabar
    |terminar) (?:ya )?con mi (?:vida|sufrimiento|dolor|existencia)|(?:mejor|ojala|ya) (?:ya )?me (?:muero|muera
    |muriera|matan|mueran)(?= |$)(?! de)
    |(?:gun|knife|razor|blade|rope|pistola|cuchillo|navaja|soga|cuerda) (?:is )?(?:in my hand|to my wrists?|en (?:la
    |mi) mano)|no quiere (?:ya )?(?:vivir|estar viv[oa])
    |(?:text(?:ed)?|sent|wrote|told|said)(?: me| us| her| him)? (?:good ?bye|bye forever)(?! and (?:left|hung))
    |(?:been|started|am|im|is|shes|hes) cutting(?= (?:again|more)|$)|no point (?:any ?more|in anything)
    |(?:dar|pegar|meter)(?:me|se)? un (?:tiro|balazo|plomazo)(?= |$)
    |^(?:with|con|by taking) (?:(?:a|the|my|some|las|mis|unas|bottle of|bunch of) )*{_PILLS}$"""
_FAREWELL = r"""(?:i|ive|ya|just)(?: (?:have|got|bought|found|tied))+ (?:the|my) (?:rope|noose|blade
    |razor)(?! (?:swing|off|from))
    |(?:ya )?(?:tengo|compre|amarre|consegui) (?:ya )?(?:la|mi) (?:soga|cuerda|navaja)(?= (?:lista|amarrada|en
    |perdon\w*|adios)|$)
    |(?:no ?(?:one|body)) (?:will|would|gonna|is going to) (?:even )?(?:remember|miss|notice|cry for) me
    |(?:im|i am|i feel like) (?:just |such |only )?an? burden(?: to| on|$)|soy una carga(?= para| nada|$)
    |(?<!we )(?:want|wanna|going|gonna|ready|need|about|bout|like|thinking (?:of|about)|might)(?: just)?(?: to
    | 2)? end(?:ing)? it
    (?= (?:all|now|tonight|today|already|please|so bad|for good|but i|and i|im|i)|$)
    |(?:quiero|quisiera|ojala|necesito) (?:ya )?que (?:ya )?(?:se )?(?:acabe|termine)(?: ya)? (?:todo(?! (?:el|esto
    |eso|lo|este|ese))
    |mi (?:vida|dolor|sufrimiento))
    |(?:do|doing|did|done) it (?:tonight|today|now|rn)(?: \w+){0,2} (?:good ?bye|bye|sorry|forgive)
    |(?:good ?bye|bye|forgive me)(?: \w+){0,4} (?:do|doing) it (?:tonight|today|now)
    |(?:lo (?:voy|boy) a hacer|(?:voy|boy) a hacerlo|lo hago)(?: (?:hoy|ya|ahora|ahorita
    |esta noche))+(?: \w+){0,2} (?:adios
    |perdon\w*|los quiero)
    |(?:i|ive)(?: (?:have|got|hold|holding|put|im|am|the|a|my))* (?:gun|pistol) (?:is )?(?:to|in|against|at
    |on) my (?:head|mouth|temple
    |chin)
    |(?:tengo|traigo|puse) (?:(?:la|una|mi) )?(?:pistola|arma|cuete) en (?:la|mi) (?:cabeza|boca|sien)"""
CRISIS = (_ENDS, _FAREWELL)

_DOWN = r"""slump(?:ed|ing|t)(?: over| down)?|eyes? (?:are |is |r |just |all |got |have |has )*(?:roll(?:ed|ing|in)
    |white)|rolled (?:back )?eyes
    |snoring (?:funny|weird|loud\w*|bad|strange)|(?:took|shot|smoked|did) (?:\w+ ){1,4}snor(?:ing|es)
    |(?:he|hes|she|shes|body|is|went|goes|gone|all|completely) limp(?! (?:ing|around))
    |ojos (?:en blanco|volteados|pa(?:ra)? atras|idos|virados)|(?:esta|quedo|puso
    |pone) (?:todo |toda |bien |muy )?ties[oa]|(?:esta|quedo) (?:fri[oa] y|palid[oa] y)
    |(?:fell|fall\w*|passed|dropped|collapsed|went down)(?: \w+){0,5} (?:wont|isnt|doesnt|not|cant|aint
    |dont) (?:get(?:ting)? up|talk\w*|answer\w*|respond\w*|mov\w+|wak\w+|breath\w*)
    |(?:took|shot up|snorted|smoked|swallowed|ate)(?: \w+){1,6} (?:wont|not|isnt|cant|doesnt|aint
    |barely) (?:\w+ )?(?:wak|answer|respond|breath|mov|talk|get up)\w*|(?:turning|changing|different|funny) colou?rs?
    |se le (?:fueron|voltearon|van|voltean) los ojos|(?:tomo|inyecto|metio|fumo|trago|vomit\w+|temblando
    |convulsion\w*)(?: \w+){0,5} no (?:contesta|responde|despierta|respira|reacciona|se mueve|habla|se levanta)
    |no respira (?:bien|normal)|(?:barely|hardly|slow|shallow) breath\w*
    |(?:my|the|a|our) (?:baby|toddler|infant|kid|child|son|daughter|niece|nephew|grand\w+) (?:just )?(?:ate|swallowed
    |drank|licked) (?:something|some|a|an|it)
    |passed (?:tf |the fuck |all the way |right )out|(?:did|took|had|hit) (?:a|some|the|that|his|her) (?:line|shot
    |bump|dose|hit|dab|perc\w*|fent\w*|xan\w*|pills?)(?: \w+){0,6} (?:floor|ground|not|wont|cant|isnt|unrespons\w*)
    |(?:on|in) (?:the|his|her) (?:floor|ground|bathroom|bathtub|couch|car)(?: and| just)? (?:not|wont|isnt|cant
    |aint) (?:\w+ )?(?:talk|mov|respond|answer|wak|breath|get)\w*
    |no (?:le |se le |tiene |hay )*(?:siento|encuentro|siente|encuentran|tiene|hay)? ?(?:el )?(?:pulso|latidos?)
    |(?:no |not |isnt |aint )waking|nar[ck]an(?! (?:box|training|class|vending))|nalox[oa]n\w*"""
_GROUND = r"(?:ground|floor|sidewalk|street|road|grass|alley|parking|steps|stairs|snow|pavement|curb)"
_LIES = rf"""(?:an?|this|the|some|old) (?:\w+ )?(?:man|woman|lady|guy|girl|kid|boy|person|dude|teen\w*)
    (?: (?:is|just|whos|who))* (?:lay(?:ing|in)|lying|face ?down|sprawled)(?: (?:out|down|there
    |face ?down))* (?:on|in) (?:the|my|our) (?:\w+ )?{_GROUND}
    |(?:una?|la|el|ese|esa) (?:\w+ )?(?:senora?|hombre|mujer|muchach[oa]|joven|persona|viejit[oa]|tip[oa]|vat[oa]
    |nin[oa]|chav[oa]
    |borracho|indigente) (?:esta |que esta |ahi |aqui )*tirad[oa](?! (?:siempre|todos|todas|cada))
    |(?:hes|shes|he is|she is|theyre|is) odin"""
OVERDOSE = (_DOWN, _LIES)
