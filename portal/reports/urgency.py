"""Reading of report texts: danger, race, police and personal details, and the signal of a report for its place.

Words of danger lead to 988 or 911 being named first, on the web and by text; no emergency service is sent
automatically. Naming help once too often costs little, so doubtful words count. Phrases that only sound like danger
("me muero de hambre", "they are killing the neighborhood") are left out where they are common in reports.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from portal.core.patterns import LazyPattern
from portal.core.pii import PersonalDetail, patterns_of, personal_details, says_own_name
from portal.reports.triage import Category, Disposition
from portal.reports.urgent_words import CRISIS, DANGER, OVERDOSE


class Urgency(StrEnum):
    OVERDOSE = "overdose"
    """Not breathing, not waking up: 911, stay, naloxone."""
    CRISIS = "crisis"
    """A person may end their own life: 988, and 911 if they are hurt."""
    DANGER = "danger"
    """911."""


# All patterns are matched at word boundaries of folded text: lower case, no accents, no apostrophes.
_SELF = r"(?:my|him|her|your|our|them|thereself|his|their) ?sel(?:f|v?es?)"
_PERSON = r"""(?:he|hes|she|shes|they|theyre|guy|man|woman|girl|boy|kid|baby|friend|brother|sister|son|daughter|mom
    |dad
    |husband|wife|person|dude|body|skin|face|lips)"""
_PERSONA = r"""(?:amig|hij|herman|espos|novi|prim|sobrin|muchach|nin|chav|compadr|vecin)[oae]|senora?|mama|papa|hombre
    |mujer|bebe"""
_PLACE_TO_LIVE = (
    r"(?! (?:here|in|on|next|with|near|around|by|there|where|at|aqui|aca|alli|ahi|en|con|cerca|junto|al|entre))"
)
_OVERDOSE = rf"""overdos(?:e|ed|es|ing)|over dos(?:e|ed|ing)|od|ods|oding|od ing|oded|o d|o ds?ed
    |{_PERSON} odd
    |(?:not?|isnt|aint|barely|hardly|almost not|never) ?breath?(?:e|ing?|in)|not breathing
    |(?:stop|stops|stopped|quit|cant|cannot|can not|cant hardly|doesnt|dont|does not) breath(?:e|ing?)?
    |no (?:pulse|heartbeat)|foam(?:ing)? (?:at|from|out)|gurgling
    |unconscious|unconcious|unconsious
    |pass(?:ed|ing)? out|past out|blacked out|unresponsive|wont respond
    |(?:wont|doesnt|does not|will not|not|isnt|aint|never|cant|cannot) (?:wak(?:e|ing)|woke)
    (?: (?:him|her|them|it))?(?: up)?
    |{_PERSON} (?:is |are |was |looks? |went |got |goes |has |turn(?:s|ed|ing) |going |goin |getting |all |so )*
    (?:blue|gr[ae]y|purple)
    |turn(?:ed|ing|s)? (?:blue|purple)|lips? (?:is|are|was|were) (?:blue|purple)|blue lips
    |lips? (?:r|are|is|were|turning|look|going|gone)(?: all)? (?:blue|purple|gr[ae]y)|nodded off and
    |(?:took|taken|drank|swallowed|ate) (?:a|the|an) (?:whole|entire|full) (?:bottle|box|pack)|cant breathe
    |(?:not|isnt|aint) moving
    |{_PERSON} (?:is |are |s |might be |maybe )*dying(?! (?:to (?:know|see|meet|go|get|try)|of (?:heat|boredom
    |laughter|hunger|thirst)))
    |se (?:me |nos )?(?:esta |estan )?muriendo(?! de (?:hambre|risa|calor|frio|sueno|sed|ganas|envidia|aburrimiento
    |la risa|verguenza|miedo))
    |(?:took|taken|takes|did|smoked|shot) (?:way )?too much(?! (?:time|space|room|money|noise))
    |(?:took|taken|did|smoked|shot up|snorted) (?:some |the )?(?:fent\w*|heroin|pills?|meth|xan\w*|perc\w*) (?:and|n
    |then|now) (?:he |she |they )?(?:fell|is|isnt|wont|cant|passed|not)
    |no (?:puedo|podemos|pueden|logro|logramos) despertar(?:lo|la|los|las)|(?:tomo|tome
    |tomaron) demasiad[oa]s? (?:pastillas?|pildoras?|medicinas?|droga)
    |(?:sale|saliendo|echa) espuma|espuma (?:de|en|por) la boca
    |too many pills|took (?:all|a bunch of|a lot of|lots of) (?:(?:of|the|my|his|her|their) )*(?:pills?|meds)
    |(?:need|needs|any|got|give|bring) (?:some )?(?:narcan|naloxone)
    |sobre ?do[sc]is|sobredosi|over ?dosis
    |(?:no|apenas|casi no) r?re?spira(?:ba|n)?|no respria|no (?:esta|puede|puedo) r?respira(?:r|ndo)
    |(?:dejo|paro) de respirar|sin respirar|sin pulso|no tiene pulso
    |incon[sc]+ientes?|desmayad[oa]s?|se desmayo|no se mueve|no reacciona
    |no (?:se |me )?(?:despierta|desperta|dispierta)|no (?:lo|la|los|las) (?:puedo|podemos|pueden) despertar
    |(?:{_PERSONA}) no (?:me )?responde
    |labios (?:morad|azul)[oe]s
    |(?:esta|puso|poniendo|pone|ve|anda) (?:todo |toda |bien |muy |medio )?(?:morad(?:it)?[oa]|azul)
    |(?:se paso|se pasaron) (?:de|con) (?:la |su )?(?:droga|dosis|mota|fentanilo|heroina)
    |echando espuma|convulsiona(?:ndo)?
    |(?:me|se) (?:tome|tomo) (?:todas?|muchas?|un monton de|un bonche de)
    (?: las| mis| sus)* (?:pastillas?|pildoras?)"""
_CHILD = r"""baby|toddler|infant|kid|child|son|daughter|niece|nephew|grandson|granddaughter|grandbaby|little (?:boy
    |girl)
    |brother|sister"""
_POISON = r"""pills?|meds?|medicines?|tablets?|fent\w*|xan\w*|perc\w*|edibles?|gumm(?:y|ies)|bleach|poison"""
_VENENO = r"pastillas?|pastiyas?|pildoras?|medicinas?|medicamentos?|drogas?|fentanilo|cloro|veneno"
_OF_IT = r"""(?:(?:a|an|the|some|one|two|three|my|his|her|all|of|whole|bottle|bunch|lot|lots|those|these|little|pain
    |sleeping) )*"""
_DE_ESO = r"""(?:(?:un|una|unas|unos|la|las|el|los|mi|mis|su|sus|toda?s?|muchas?|varias|algunas|dos|tres|de|bote
    |frasco
    |monton|de mas) )*"""
_TOO_MANY = r"(?:(?:way|far) )?(?:too|to|2|so) man+y"
_NOT_OFFICE = "".join(
    rf"(?<!\b{who} {verb})"
    for who in ("police", "cops", "city", "landlord", "officers", "department", "dispatch", "they", "management")
    for verb in ("", "is ", "are ", "was ", "were ")
)
_SWALLOWED = rf"""(?:ate|eaten|swallow(?:ed|s|ing)?|swallo?wed|drank) {_OF_IT}(?:{_POISON})
    |(?:my|the|a|our) (?:{_CHILD}) (?:just )?(?:took|got into|got in to
    |got a hold of) {_OF_IT}(?:{_POISON})(?! (?:to|from|out|for))
    |(?:took|taken|takin|taking|ate|popped|swallowed|had) {_TOO_MANY}(?: {_OF_IT}(?:{_POISON})|$)
    |se (?:trago|comio|tragaron|comieron) {_DE_ESO}(?:{_VENENO})
    |(?:bebe|nin[oa]|hij[oa]|niet[oa]|sobrin[oa]) se (?:tomo|metio a la boca) {_DE_ESO}(?:{_VENENO})
    |(?:me|se) (?:tome|tomo|tomaron) (?:demasiad[ao]s?|bastantes?|un (?:frasco|bote) de)(?: las| mis
    | sus)* (?:{_VENENO})"""
_COLLAPSED = rf"""{_PERSON} (?:just |has |have |is |was )*coll?aps(?:ed|ing|e)
    |(?:fell|fallen|fell down|fell out)(?: and| n)? (?:(?:now|she|he|is|are) )*
    (?:wont|isnt|doesnt|not|cant|cannot|aint) (?:get up|getting up|talk\w*|answer\w*|respond\w*|mov\w+|wake|wak\w+)
    |{_NOT_OFFICE}(?:not|isnt|aint|non) ?responsive|{_NOT_OFFICE}not responding
    |(?:having|has|had) (?:a |another )?(?:seizures?|stroke)|he(?:s)? seizing|she(?:s)? seizing
    |se (?:cayo|callo|desplomo|desvanecio)(?: y| ya| pero)* no (?:me |nos )?(?:puede )?
    (?:habla|hablar|responde|contesta|reacciona|se levanta|se puede levantar|se mueve|levantarse|despierta)
    |(?:{_PERSONA}|se me) (?:se )?(?:desplomo|desvanecio|colapso)
    |ataque (?:al corazon|cardiaco)|infarto|derrame cerebral|le dio (?:un |una )?(?:ataque|embolia|derrame
    |convulsion\w*)"""
_CRISIS = rf"""kms|kys|unaliv(?:e|ing)(?: {_SELF})?
    |(?:kil+|kil+s|kil+ed|kil+ing|killin|shoot|hang|hanging|unalive) ?{_SELF}
    |(?:hurt|hurting|harm|harming|cut|cutting|drown) ?(?:my|him|her|your) ?self
    |(?:end|ends|ending) (?:it all|(?:my|his|her|their) (?:own )?(?:life|lives))|end it tonight
    |(?:take|took|taking) (?:my|his|her|their) own (?:life|lives)|(?:want to|wanna|gonna|going to) take my life
    |sui?ci?d[aeio]\w*|suisid[aeio]\w*|suicd\w*|sueside|suicid\w*
    |(?:want|wants|wanting|wanted|wanna|want 2|ready|i should|i need) (?:to )?(?:just )?(?:die|dye(?! (?:my|her|his
    |it|the)))
    |no (?:tengo|tiene|hay|veo) (?:ninguna )?(?:razon|motivos?|razones) (?:para|de) (?:vivir|seguir)
    |wants? to be dead|rather (?:be dead|die)|better off (?:dead|without me)
    |(?:wish|wished) i (?:was|were) (?:dead|never born)
    |(?:dont|do not|doesnt|didnt) (?:even )?(?:want to|wanna|want 2) (?:live|be alive|exist|wake up|be here any ?more)
    {_PLACE_TO_LIVE}
    |(?:feel like|thinking about|thinking of|thinkin bout|want to be|i am|im) ending (?:it|things|my)
    |(?:goodbye|suicide) (?:note|letter)|carta de despedida|no le (?:encuentro|veo) sentido a (?:la|mi) vida
    |(?:im|i am) (?:gonna|going to|about to) jump(?! (?:him|her|them|in|on|the))
    |(?:quisiera|ojala|quiero) (?:ya )?no despertar|ir(?:me)? de este mundo|dormir(?:me)? y no despertar
    |tired of (?:living|life|being alive){_PLACE_TO_LIVE}|no (?:reason|point) (?:to|in|of) (?:live|living|going on)
    |nothing (?:left )?to live for|i cant go on|cant live any ?more
    |jump(?:ing)? off (?:of )?(?:the|a|that) (?:bridge|roof|building|overpass)
    |(?:me )?(?:[qk]u?iero|quisiera|ganas de|prefiero|preferiria|mejor) (?:ya )?morir(?:me|se)?
    |(?:quiero|quisiera|prefiero|mejor) estar muert[oa]|mejor muert[oa]
    |(?:quiero|quisiera) desaparecer|tell my (?:kids|family|mom|children) i love
    |ojala (?:me muera|no despierte|me muriera)
    |(?:se )?quiere morir(?:se)?|desearia (?:morir|estar muert[oa])
    |me (?:[qk]u?iero|quisiera|voy a|boy a|pienso|intente) matar|me mato|se (?:quiere|va a|iba a|intento
    |trato de) matar
    |(?:[qk]u?iero|quisiera|voy a|boy a|piens[oa] en|pensado en|pensando en|ganas de|intente|trate de) matarme
    |(?:quiere|va a|iba a|intento|trato de|piensa en|amenaza con) matarse
    |quit(?:ar|arme|arse|arte|o|e|ando|andome) la (?:vida|bida)
    |no (?:[qk]u?iero|quisiera|deseo|quiere) (?:ya )?(?:vivir|bivir|seguir viviendo|seguir con vida|estar viv[oa]
    |existir|despertar){_PLACE_TO_LIVE}
    |(?:sin|no tengo|perdi las|no tiene) ganas de (?:vivir|seguir)
    |la vida (?:ya )?no (?:vale|tiene sentido)|no (?:tiene|le veo|encuentro) sentido (?:a )?(?:la vida|vivir|seguir)
    |cans(?:ad[oa]|e) de (?:vivir|la vida){_PLACE_TO_LIVE}
    |(?:quiero|voy a|ganas de|quiere|va a) (?:hacer(?:me|se) dano|lastimar(?:me|se)|cortar(?:me|se) las venas)
    |(?:me|se) (?:corto|corte|voy a cortar|va a cortar) las venas
    |ahorcar(?:me|se)|me (?:quiero|voy a) (?:ahorcar|colgar)
    |(?:aventar|tirar|lanzar)(?:me|se) (?:del|de un|de la) (?:puente|techo|edificio|azotea)
    |(?:me|se) (?:quiero|quiere|voy a|va a|iba a) (?:aventar|tirar|lanzar) (?:del|de un|de la) (?:puente|techo|edificio
    |azotea)"""
_GIVES_UP = r"""^crisis$|(?:nobody|no one|noone) (?:would|will|wud|d|gonna|is going to)?(?: even| ever)* ?(?:miss me
    |care if i|notice if i)
    |(?:if|wish) i (?:was|were|wasnt|werent) (?:gone|here anymore|alive)
    |(?:life|living|it) (?:is not|isnt|aint|not) worth (?:living|it to live)|not worth living|nothing to live for
    |(?:cut|cuts|cutting|slit|slits|slitting|slashed|slashing) (?:my|his|her|their|your) (?:wrists?|rists?|veins?
    |throat)
    |(?:[qk]u?iero|quisiera|voy a|boy a|ganas de|pienso en|mejor) (?:ya )?(?:acabar|terminar) (?:ya )?con todo
    (?! (?:el|lo|ese|este|esto de|tipo))
    |(?:acabar|terminar|acabo|acabe) con (?:mi|su) (?:propia )?vida|acabar conmigo
    |nadie me (?:va a )?(?:extran|ech)ar(?:a|ia)?(?: de menos)?|a nadie le (?:importo|importaria si)
    |(?:estarian|estaran|estan) mejor sin mi
    |no (?:me )?vale la pena (?:ya )?(?:(?:seguir )?(?:vivir|viviendo|con vida|estar viv[oa])|seguir$)
    |para que (?:sigo|seguir) (?:viviendo|vivo|viva)
    |(?:me|se) (?:esta |estoy |quiere |quiero |va a |voy a )?(?:corto|corte|cortar|cortando
    |cortaron) (?:las )?(?:venas|munecas)
    |cort(?:ar|ando)(?:se|me) (?:las )?(?:venas|munecas)"""
_HARMLESS = r"(?:the|our|this|that|my|la|el|los|las|nuestr[oa]|este|esta|mi)"
_THINGS = r"""(?:neighbou?rhood|block|street|town|city|business|businesses|community|area|park|grass|lawn|plants|trees
    |barrio|vecindario|negocio|calle|comunidad|ciudad|colonia|zona|cuadra)"""
_DE = r"(?! de (?:hambre|risa|calor|frio|sueno|sed|ganas|envidia|aburrimiento|la risa|verguenza))"
_NOT_A_GUN = (
    r"(?! (?:dice|craps|hoops?|ball|pool|basketball|marbles|fireworks|dope|heroin|meth|drugs|the breeze"
    r"|up(?! (?:the|my|our|a|his|her|this|that))))"
)
_DANGER = rf"""guns?|pistols?|rifles?|weapons?|armed|(?:shoot|shoots|shooting){_NOT_A_GUN}|shootings|shootout
    |shooters?|shots?|gunshots?
    |shooted|gunfire|shot at|drive by(?! (?:and|but|slow\w*|every|all|the|my|our|here|at|it|a|to))|stabs?|stabb?(?:ed
    |ing)|knife|knives|machete|bleeding|bleedin
    |dying(?! (?:to (?:know|see|meet|go|get|try)|of (?:heat|boredom|laughter|hunger|thirst)))
    |kill(?:ing|in)(?! (?:it|time|{_HARMLESS} {_THINGS}))|killed
    |kill (?:him|her|them|me|us|you|somebody|someone|my)|kidnapp?(?:ed|ing)?|hostage|rape|raped|raping
    |beat(?:s|ing)? (?:him|her|them|me|us|up|an?(?: \w+)? (?:guy|man|kid|boy|girl|woman|lady|dude)|(?:some(?:one
    |body)|my \w+))
    |(?:my|our) (?:front |back )?door kicked in|(?:man|woman|guy|person|kid|girl|boy|someone|somebody) down
    |blood (?:all over|everywhere)|(?:chasing|following|attacking) (?:a|an|the|some|my) (?:\w+ )?(?:girl|boy|kid
    |woman|man|lady|guy|\w*body|\w*one)
    |(?:outside|at) my (?:door|window|house) with (?:a|an|some) \w+|se metio (?:alguien )?a (?:la|mi) casa
    |alguien se metio a (?:la|mi|nuestra) casa|being beaten
    |(?:hit|hits|hitting|punching|strangling) (?:me(?! up)|her|him|his (?:wife|girlfriend|kids?|mom)
    |(?:a|the) woman)
    |choking(?! up)|screaming for help|yelling for help
    |(?:is|are|somebody|someone) breaking in(?:to (?:a|the|my|our) (?:house|home|apartment))?(?: right now)?
    (?! (?:the|a) new| cars| to cars)
    |help me(?! (?:with|find|understand|sign|pay|move|get (?:a|there|to))\b)|on fire|in danger|ambulance|heart attack
    |(?:going to|gonna|will|trying to|tryna) hurt (?:me|us|her|him)
    |(?:break|breaking|broke) in(?:to)? (?:my|our) (?:house|home|apartment|room|door)|(?:following|chasing) (?:me|us)
    |pistolas?|armas?|armad[oa]s?|rifles?|[bv]ala[cs]eras?|[bv]ala[sz]os?|balas?|disparos?
    |dispar(?:a|an|ando|aron|aba|aban|ar|arle|arles)|tiroteos?|tiros|un tiro
    |(?:apunal|acuchill)(?:o|an|ado|ada|ados|adas|aron|ando)|punaladas?|cuchill(?:o|azo)s?
    |na[vb]aj(?:a|azo)s?|sangra(?:ndo)?|sangre
    |muriendo{_DE}|se muere{_DE}|se murio
    |matando(?! (?:a )?{_HARMLESS} {_THINGS})|matar(?:lo|la|los|las|me|nos|se)|mataron
    |(?:va|van|quiere|quieren) a? ?matar|voy a matar
    |secuestr(?:o|an|ado|ada|aron|ando)|rehen|golpeando|violando|auxilio|socorro|ayudenme|ayudeme|incendio|peligro
    |ambulancia
    |(?:le|la) (?:esta |estan )?(?:pegando|golpeando) (?:a )?(?:su|la|una) (?:mujer|esposa|novia|senora|muchacha|mama)
    |se (?:esta )?(?:ahoga|ahogando)(?! (?:en un vaso|en deudas))|gritando (?:auxilio|por ayuda|que la ayuden)
    |me (?:pega|pego|golpea|golpeo|esta pegando|quiere pegar|persigue|persiguen|esta siguiendo|estan siguiendo)
    |me (?:va|van|quiere|quieren) a? ?(?:hacer dano|lastimar)|ahorcando|asfixiando|me tiene encerrad[oa]"""


_FAMILY = r"""(?:son|daughter|kids?|baby|child|children|boy|girl|sister|brother|wife|husband|mom|dad|niece|nephew
    |grandson|granddaughter|friend)"""
_HOME = r"(?:house|home|apartment|apt|room|bedroom|trailer|garage|yard|window|door)"
_AT_WORK = r"""(?! (?:(?:y|and|all|every|each|again|still|always|cada|tod[oa]s?|siempre|otra vez) )*
    (?:sell\w*|deal\w*|smok\w*|drink\w*|do|doing|with|day|night|time|vend\w*|fum\w*|tom\w*|la|los|las|noches?
    |dias?))"""
_ALL_NIGHT = r"""(?! (?:every|all|a lot|about|and (?:they|nobody|no one)|but|when|many|several|each|they|nobody|for
    |on))"""
_NOT_TOLD = "".join(
    rf"(?<!\b{who} )"
    for who in "i we to they you people neighbors never not dont didnt can cant when always who of already".split()
)
_TAKEN = rf"""(?:took|taking|takin|grabbed|grabbing|snatched|stole) my {_FAMILY}
    (?! (?:to (?:jail|school|court|rehab|the)|stroller|seat|bike|bikes|clothes|phone|car|toys?|carriage|shoes))
    |my {_FAMILY} (?:is|are|has been|have been|went) missing(?! (?:school|class|work|a|an|his|her|out|the
    |from school))
    |(?:se )?(?:llevaron|llevo|raptaron|rapto|robaron|agarraron) a mis? (?:{_PERSONA}|hij[oa]s|nin[oa]s)
    |mis? (?:hij|nin|herman)[oa]s? (?:no aparece|esta desaparecid[oa]|desaparecio)"""
_RAPED = r"""(?:me|nos|la|las|lo) (?:(?:quiere|quieren|esta|estan|va|van|a|querian|iban) )*viol(?:o|aron|ar|ando|an)
    (?! (?:orden|ley|ordenanza))
    |violaron a (?:mi|una|un|la|el)|violacion(?! (?:de|del|a))|me manose\w+|(?:toco|manoseo|manosea) a mi (?:hij
    |nin|sobrin)[oa]
    |abus(?:o|aron|ando|a) (?:sexual\w*|de (?:mi|una|un|la) (?:hij|nin|sobrin|niet)[oa])
    |sexual(?:ly)? assault\w*|molest(?:ed|ing|s) (?:me|my|her|him|a)"""
_THREAT = rf"""threat(?:en|ens|ened|ening|end|ing|ning|ined)? (?:me|us|my|our|her|him|to (?:kill|shoot|hurt|burn))
    |death threats?
    |(?:me|nos|lo|la|le|les) (?:(?:esta|estan|han|ha|siguen|sigue) )*amen[ae][sz](?:a|o|an|aron|ando|ado)
    |amena[sz]as? de muerte
    |(?:theyre|they are|they r|hes|he is|shes|someone is|someones|somebody is|there is (?:a|some) (?:man|guy|one))
    (?: right| still| now| just)* (?:outside|at|in front of) (?:of )?(?:my|our) (?:(?:front|back|bedroom) )*{_HOME}
    {_AT_WORK}
    |(?:banging|pounding|kicking|beating|kicked|pounded) (?:on |at |in |down )*(?:my|our) (?:front |back )?(?:door
    |window)s?
    |(?:someone|somebody|man|guy|they|hes|theyre|stranger|he|intruder) (?:is |are |was |came |got |just )*(?:in
    |inside|into)
    (?: of)? (?:my|our) {_HOME}|intruder
    |(?:estan|esta) (?:ya )?(?:afuera|fuera|aqui afuera) de mi (?:puerta|ventana|casa|cuarto){_AT_WORK}
    |(?:golpe|pate|tumb)(?:an|ando|aron) (?:mi|nuestra) (?:puerta|ventana)
    |se (?:me |nos )?(?:meti(?:o|eron)|(?:esta|estan) metiendo|(?:quieren?|intentan?) meter|entraron)(?: alguien)?
    (?: a| en)* (?:mi|nuestra) (?:casa|departamento|apartamento|cuarto|traila|hogar)
    |(?:quieren?|tratan?do de|intentan?) (?:entrar|meterse) (?:a|en) mi (?:casa|departamento|apartamento|cuarto)
    |hay alguien (?:a?dentro de|en) mi (?:casa|departamento|apartamento|cuarto)"""
_DEAD = rf"""dead (?:body|bodies|boddy|man|woman|person|guy|girl|kid|baby|people)|(?:found|saw|see|is) a body
    |body (?:is )?(?:laying|lying|in the (?:alley|street|river|yard|park|lot|dumpster|car|house|trunk))
    |{_PERSON} (?:is |are |was |looks? |might be |maybe )+dead(?! (?:serious|tired|wrong|broke|to|beat|set|at))
    |hay (?:un |una |dos |varios |otro )(?:(?:hombre|mujer|persona|senora?|muchach[oa]) )?muert[oa]s?|cadaver(?:es)?
    |(?:encontr|hall|vi)\w* (?:a )?una? (?:(?:hombre|mujer|persona|senora?) )?muert[oa]
    |cuerpo (?:sin vida|muerto|tirado)|(?:{_PERSONA}|persona) (?:ya )?esta muert[oa]{_DE}|atropell(?:o|aron|ado|ada)
    |hit by a car|hay (?:un |una |varios |dos )?(?:herid|lesionad)[oa]s?"""
_FIRE = r"""(?:theres|there is|there s|see|its|big|huge|house|building|apartment|kitchen|garage)
    (?: an?)?(?: big| huge)? fire
    (?! (?:hydrants?|stations?|trucks?|dep\w*|pit|alarms?|escapes?|extinguishers?|lane|sale|house|engine|wood|place
    |works?
    |crackers?|marshal|code|doors?|exits?|hazards?|fighters?|weed|stuff|dope|ass|deals?))
    |fire (?:in|at|inside) (?:the|a|an|my|our|this|that) (?:\w+ )?(?:house|building|apartment|garage|home|kitchen
    |store|alley|lot)
    |(?:house|building|apartment|home|place|garage|trailer|it|car) (?:is |s )?burning(?: down)?|(?:caught|catching
    |catches) fire
    |smell(?:s|ing)? (?:of |like |a |lots of )*(?:strong |natural )?gas(?! station)|gas leak|leaking gas|i smell smoke
    |(?:casa|edificio|departamento|apartamento|traila) se (?:me )?quema
    |en llamas|huele (?:mucho |muy fuerte )?a (?:gas|quemado)|(?:fuga|escape|olor) (?:de|a) gas
    |hay (?:un |mucho )?fuego(?! artificial)|fuego en (?:la|una|el|un|mi)|incendi(?:ando|aron|ada)
    |(?:casa|edificio|departamento|apartamento|carro|techo|traila) (?:se )?(?:esta )?(?:quemando|ardiendo|incendiando)
    |se (?:me )?(?:esta )?(?:quema|quemando|incendia|incendiando|prendio) (?:la|mi|una|el|un) (?:casa|edificio
    |depa\w*|carro|cocina)"""
_ASKS = rf"""^(?:(?:its |this is |es |esto es )?(?:an |una )?(?:emergency|emergencia|sos)(?: please| help| now
        | por favor| ayuda| ya)*)$
    |^(?:hay )?(?:a |un |una |el )?(?:danger|fire|fuego|lumbre|fights?|fighting|brawl|beatings?|beaten|peleas?|pelean
    |peleando|pleitos?|rinas?|golpes)(?: please| help| now| here| por favor| ayuda| ya| aqui)*$
    |(?:trying|tryna|wants|tries) (?:to )?(?:get|break|come|climb) in(?:to|side)? (?:to )?(?:my|our) (?:house|home
    |apartment|room|door|window)
    |(?:le|la|lo|les) (?:esta |estan )?(?:pegando|golpeando|pega|golpea) (?:a )?(?:mi|mis|su|la|el|una?)
    (?: (?:mama|papa|hij\w+|herman\w+|nin\w+|esposa|vecin\w+|abuel\w+|senora|muchach\w+))
    |{_NOT_TOLD}(?:call|dial|phone|send) (?:me )?(?:the |an? )?(?:911|police|cops|paramedics|ems){_ALL_NIGHT}
    |need (?:to call )?911
    |(?:llamen?(?! a la policia (?:y n|pero|ayer|anoche|varias|muchas|hace|cada))|llama|marquen?|hablen|hablenle
    |manden|mande|llamenle) (?:ya |rapido |por favor )*(?:al? )?(?:la |una |el )?
    (?:911|policia|polisia|patrulla|ambulancia)
    |^(?:(?:please|pls|plz|help|hlp|emergency|now|por favor|porfavor|ayuda|emergencia|urgente|llamen|omg|911|9 1 1) )*
    (?:911|9 1 1)(?: (?:please|pls|plz|help|now|emergency|por favor|porfavor|ayuda|emergencia|ya|911|urgente))*$
    |^(?:(?:please|pls|plz|por favor|porfavor|porfa|omg|oh my god|dios mio|somebody|someone|alguien|urgente|i|we) )*
    (?:need |necesito |necesitamos )?(?:help|hlp|ayuda|ayudas|ayudenos|ayudanos|ayudame)
    (?: (?:please|pls|plz|now|quick|hurry|asap|por favor|porfavor|porfa|ya|pronto|rapido|urgente|help|ayuda))*$"""


def _words(*patterns: str) -> LazyPattern:
    return LazyPattern(r"\b(?:" + re.sub(r"\n\s*", "", "|".join(patterns)) + r")\b")


_PICTURED = {"🔫": "gun", "🔪": "knife", "🆘": "help me"}
_SIGNS = {
    Urgency.OVERDOSE: _words(_OVERDOSE, _SWALLOWED, _COLLAPSED, *OVERDOSE),
    Urgency.CRISIS: _words(_CRISIS, _GIVES_UP, *CRISIS),
    Urgency.DANGER: _words(_DANGER, _TAKEN, _RAPED, _THREAT, _DEAD, _FIRE, _ASKS, *DANGER),
}


_TIRES = r"""traffic|heat|back|head|feet|foot|knees?|tooth|teeth|job|work|allergies|stairs|commute|rent|wait
    |suspense|parking|diet|stress|migraine|headache|cold|weather|legs?|arthritis|hip|shoulder|bills
    |homework|boss|schedule|shift"""
# "Oh shoot", "this traffic is killing me", "llevo a mis niños" (not "se llevó"), a death that keeps somebody away.
_SAYINGS = _words(
    r"(?:oh |aw+ |ah |well |dang |damn |o )+shoot(?! (?:him|her|them|me|us|at|up|my|the|out|you|that))",
    r"^shoot(?= (?:i|we|im|wrong|cant|cannot|sorry|sry|forgot|nvm|never ?mind|my bad|meant|its|thats|no|ok|wont)\b)",
    rf"(?:{_TIRES})s? (?:is |are |be |really |just |still |has been )*killing? (?:me|us)",
    r"(?<!\bse )(?<!\bme )(?<!\bnos )(?<!\ble )llevo a (?:mis?|los|las)(?= )",
    r"no (?:puedo|podre|podemos|podremos|voy|vamos|alcanzo) (?:a )?(?:ir |llegar |asistir )?(?:porque |pues |que )?"
    r"se (?:me |nos )?murio",
)


def urgent(text: str) -> Urgency | None:
    """Return the kind of help that a text calls for first, or None; see `all_urgent`."""
    return next(iter(all_urgent(text)), None)


def all_urgent(text: str) -> tuple[Urgency, ...]:
    """Return every kind of help that the words of a text call for.

    Overdose comes first: a person who does not breathe has minutes.
    """
    folded = _SAYINGS.sub("-", _fold(text))
    return tuple(urgency for urgency, signs in _SIGNS.items() if signs.search(folded))


def _fold(text: str) -> str:
    """Return the text in lower case without accents and apostrophes, other punctuation replaced by spaces."""
    for sign, word in _PICTURED.items():
        text = text.replace(sign, f" {word} ")
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    if not plain.isascii():
        plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", " ", plain).strip()


CHECKED = frozenset({Disposition.ACTED, Disposition.ONGOING})
"""Dispositions that mean that the place was checked or is being worked on."""


class Says(StrEnum):
    """The signal of a report for its place: none, selling noticed, or selling noticed and checked."""

    NOTHING = "nothing"
    NOTICED = "noticed"
    CHECKED = "checked"


def says(category: Category, disposition: Disposition | None, has_place: bool) -> Says:
    """Return the signal of a report: selling at a place counts, unless it is not ours.

    A duplicate counts: a second neighbor who tells of the same corroborates the first.
    """
    if category is not Category.SELLING or not has_place or disposition is Disposition.NOT_OURS:
        return Says.NOTHING
    return Says.CHECKED if disposition in CHECKED else Says.NOTICED


MOST_ROUNDS = 20

RACE = frozenset(
    """black blacks white whites hispanic hispanics latino latina latinos latinas mexican mexicans asian asians african
    american arab arabs native indian brown negro negra negros negras blanco blanca blancos blancas moreno morena
    morenos morenas hispano hispana hispanos mexicano mexicana mexicanos asiatico asiatica arabe arabes indio india
    prieto prieta gringo gringos colored race raza""".split()
)
EMPTY = frozenset(
    """a an the some two three four five group of man men male males woman women female guy guys dude dudes boy boys kid
    kids person people young old teen teens adult and or with is are was were looks look looking like very they he she
    it un una unos unas dos tres cuatro cinco grupo de hombre hombres mujer mujeres muchacho muchachos chico chicos
    chica chicas joven jovenes viejo viejos persona personas gente tipo tipos y o con es son era eran parece parecen muy
    el la los las ellos ellas adulto adultos skin piel color
    there here this that these those they're i see saw we have has are at on in by near around outside inside front
    corner corners street block house porch park here again always every day night standing sitting hanging out walking
    when while whenever my our neighborhood suspicious strange weird bad new many more lots all people's what where
    hay aqui ahi alli alla este esta estos estas ese esa esos esas veo vi vemos en por cerca fuera afuera dentro frente
    esquina calle cuadra casa parque otra vez siempre todos todas dias dia noche noches parado parados parada paradas
    sentado sentados mi mis nuestro nuestra barrio sospechoso sospechosos sospechosa sospechosas raro raros rara raras
    malo malos mala malas nuevo nuevos muchos muchas mas que donde del al cuando mientras estan estaban""".split()
)
COLORED_PLACE = LazyPattern(
    r"\b(?:(?:black|white|brown) (?:house|street|park|porch)|(?:casa|calle|parque) (?:blanc|moren|negr|priet)[ao])\b"
)
""""The brown house" and "White Street" are places; "negros" after "calle" are people."""


def masked(text: str, mark: str) -> str:
    """Return `text` with `mark` in place of all personal details that `personal_details` finds.

    `mark` itself must contain no personal detail. This is only a first pass: it misses names without an introducing
    phrase, so a desk member reads the text before others do.
    """
    # Names first, while the phrases that introduce them are still there.
    text = _without(text, PersonalDetail.NAME, mark)
    # The text on both sides of a match can form a new match together; each round leaves less of the text.
    for _round in range(MOST_ROUNDS):
        found = personal_details(text)
        if not found:
            return text
        for kind in found:
            text = _without(text, kind, mark)
    # No genuine report is like this: more rounds would only keep the desk waiting.
    return mark


def _without(text: str, kind: PersonalDetail, mark: str) -> str:
    for pattern in patterns_of(kind):
        text = pattern.sub(lambda match: (match.groupdict().get("kept") or "") + mark, text)
    return text


class CloseDetail(StrEnum):
    """What points to the writer or to a family although it is no number and no name."""

    PAPERS = "papers"
    HOME = "home"


_SEEN_FROM = (
    "(?:window|windows|porch|balcony|kitchen|bedroom|stoop|yard|backyard|driveway|door|house|home|apartment|building)"
)
_VISTA = "(?:ventana|ventanas|balcon|porche|cocina|cuarto|patio|puerta|casa|apartamento|departamento|edificio|negocio)"
_BESIDE = "(?:from|in|at|outside|behind|under|near|by|in front of|across from|next to)"
_JUNTO = "(?:desde|en|afuera de|frente a|atras de|detras de|junto a|cerca de)"
_OWN_HOME = (
    rf"{_BESIDE} (?:my|our) (?:\w+ )?{_SEEN_FROM}",
    r"(?:i|we) live|(?:my|our) (?:address|house|home|apartment) is",
    r"(?:across|upstairs) from (?:me|us)|next door to (?:me|us)",
    rf"{_JUNTO} (?:mi|nuestra|nuestro) {_VISTA}|vivo|vivimos|(?:mi|nuestra) (?:direccion|casa) (?:es|esta)",
    r"(?:frente|al lado|enfrente) de (?:mi|nosotros)",
)
_CLOSE = {
    CloseDetail.PAPERS: _words(
        r"undocumented|illegals|illegal (?:alien|aliens|immigrant|immigrants)|green cards?|deport\w*",
        r"(?:no|without|any|my|our|their) (?:legal )?papers|immigration (?:status|papers|court)|political asylum",
        r"(?:asylum|visa) (?:case|seekers?|expired|ran out)|(?:apply|applied|asked) for asylum|ice (?:agents?|raids?)",
        r"(?:afraid|scared) of ice|not (?:a )?citizens?|sin papeles|papeles (?:vencidos|falsos)|indocumentad[oa]s?",
        r"no (?:tengo|tenemos|tiene|tienen) (?:los |sus )?(?:papeles|documentos)|la migra|migracion|inmigracion",
        r"(?:estatus|estado|situacion) migratori[oa]|asilo politico|(?:pedi|pidio|pidiendo|pedimos) asilo|mojad[oa]s",
    ),
    CloseDetail.HOME: _words(
        *_OWN_HOME,
        rf"{_BESIDE} (?:her|his|their) (?:\w+ )?{_SEEN_FROM}",
        r"where i work|(?:she|he) lives|they live|i work (?:at|in|for)",
        rf"{_JUNTO} su {_VISTA}",
        r"(?:vive|viven) (?:en|arriba|abajo|enfrente|frente|junto|al lado|cerca)|donde trabajo|trabajo en",
    ),
}


def close_details(text: str) -> tuple[CloseDetail, ...]:
    """Return what in `text` tells of papers, or of where somebody lives, works or looks from.

    It is not masked: only a person can tell whether it matters. Whoever passes a text on is asked.
    """
    folded = _fold(text)
    return tuple(kind for kind, words in _CLOSE.items() if words.search(folded))


_OF_WRITER = _words(*_OWN_HOME)


def to_ask_about(
    found: Iterable[PersonalDetail], text: str, *, of_police: bool
) -> tuple[PersonalDetail | CloseDetail, ...]:
    """Return which of the details `found` in a report its writer is asked to look at again.

    The house where it happens belongs in a report, and an officer's name and car in one about the police: these are not
    asked about, but the writer's own home and name are.
    """
    belongs = {PersonalDetail.HOUSE, *((PersonalDetail.NAME, PersonalDetail.PLATE) if of_police else ())}
    asked: list[PersonalDetail | CloseDetail] = [kind for kind in found if kind not in belongs]
    if PersonalDetail.NAME in belongs and says_own_name(text):
        asked.append(PersonalDetail.NAME)
    if PersonalDetail.HOUSE in found and _OF_WRITER.search(_fold(text)):
        asked.append(CloseDetail.HOME)
    return tuple(asked)


def says_only_race(text: str) -> bool:
    """Whether a description names a race, but no behaviour and nothing that distinguishes a person."""
    words = COLORED_PLACE.sub(" ", " ".join(_folded(word) for word in re.findall(r"\w+", text))).split()
    if not any(word in RACE for word in words):
        return False
    return not any(word not in RACE and word not in EMPTY for word in words)


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


@dataclass(frozen=True)
class ReportWords:
    """The text of a message in parts; most messages have only `what`."""

    what: str
    where: str = ""
    when: str = ""
    looks: str = ""

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """(name, text) of every non-empty part, in the order of the form."""
        return tuple((name, text) for name, text in asdict(self).items() if text)

    @property
    def all_text(self) -> str:
        """All parts, one per line."""
        return "\n".join(text for _name, text in self.parts)

    def to_bytes(self) -> bytes:
        """Return the JSON that is sealed."""
        return json.dumps(dict(self.parts), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, opened: bytes) -> ReportWords:
        """Parse the output of `to_bytes`."""
        parts = json.loads(opened)
        return cls(**{"what": "", **parts})


OF_POLICE = LazyPattern(
    r"\b(?:police\w{0,3}|cops?|officers?|sheriffs?|deput(?:y|ies)|troopers?|detectives?|patrol\w{0,3}|squad cars?"
    r"|polic[ií]as?|polic[ií]ac[ao]s?|oficial(?:es)?|agentes?|alguacil(?:es)?|patrull\w{1,5})\b",
    re.IGNORECASE,
)


def speaks_of_police(text: str) -> bool:
    """Whether the text mentions the police, for any reason.

    Only a person can tell a complaint from a request.
    """
    return OF_POLICE.search(text) is not None
