"""Questions about us, wishes for a language, greetings and thanks: answered, and never filed.

Pure. The whole message has to be one; a single word that says anything else makes it a report.
"""

from __future__ import annotations

import re
from enum import StrEnum

from portal.core.patterns import LazyPattern
from portal.sms.keywords import SMALL, Keyword, fold

_DRESS = (
    r"(?:hi|hey|hello|hola|oiga|oye|sorry|perdon|disculpe|excuse me|please|pls|por favor|porfa|porfavor|but|pero|ok"
    r"|y|and|so"
    r"|wait"
    r"|um|yo|mire|thanks|gracias|just|necesito|i need|quiero|i want)"
)


def _whole(pattern: str) -> LazyPattern:
    return LazyPattern(rf"(?:{_DRESS} )*(?:" + re.sub(r"\n\s*", "", pattern) + rf")(?: {_DRESS})*")


class AboutUs(StrEnum):
    """What a text asks about us."""

    WHO = "who"
    POLICE = "police"
    """Whether we are the police or immigration authorities, and who reads texts."""
    HOW = "how"
    CALL = "call"
    """It asks to talk to a person."""
    ANSWER = "answer"
    """It asks for the answer to a report, or has lost its code words."""
    MEETINGS = "meetings"
    """When or where people meet, or how to come."""
    NEWS = "news"
    TREATMENT = "treatment"
    """Somebody who uses asks for help to stop."""


_STATE = (
    r"(?: ?(?:the |la |el |an? |un |los )?(?:police|policias?|cops?|feds|sheriffs?|ice|la migra|migra|migracion"
    r"|immigration|inmigracion))"
)
_MEET = (
    r"(?: (?:the|your|ur|our|a|an|one of|next|new|community|neighborhood|la|el|las|una|de|del|proxima|otra"
    r"|siguiente|esa"
    r"|esta|su|vecinal)){0,5} (?:meet|meetings?|mtg|reunion|reuniones|juntas?)(?: (?:today|tonight|tomorrow"
    r"|this|next|week"
    r"|weekend|month|coming|up|soon|planned|at|held|happening|again|be|going|to|hoy|manana|esta|noche|semana|mes|pronto"
    r"|el|del|de|la|los|barrio|vecindario|vecinos|colonia|comunidad|proxima|que|viene|\w{3,6}day|lunes|martes"
    r"|miercoles|jueves|viernes|sabado|domingo)){0,5}"
)
_ABOUT = {
    AboutUs.POLICE: rf"""(?:are|r|is) (?:you|u|yall|this|these|it|that|ur)(?: guys| people| with| from| working with
        | for| really)*
        {_STATE}(?: number| department)?
        |(?:do|does) {_STATE} (?:see|read|get|know|have|look at)(?: all)?(?: of)?(?: this| these| it| my)?(?: texts?
        | messages?| number)?
        |(?:do|will|are|would) (?:you|u|yall) (?:going to |gonna )?(?:work with|call|tell|report to|talk to
        |share with|send this to) {_STATE}(?: on me)?
        |(?:(?:ustedes|usted|esto|este|este numero) )?(?:son|es|eres|sera)(?: de
        | con)?(?: ustedes)? {_STATE}(?: ustedes)?
        |(?:le |les )?(?:trabajan|llaman|avisan|dicen|(?:van|va) a (?:decir|avisar|llamar|contar|mandar)(?:le
        |les)?(?: esto)?) (?:con|a) {_STATE}
        |(?:do|will|would|can|does) (?:you|u|yall|they|this|it|{_STATE})(?: guys| all)? (?:share|see|read|get|go|work
        |talk|give|show)(?: (?:this|it|my|info|number|texts?
        |messages?))*(?: (?:with|to))? {_STATE}
        |{_STATE} (?:ve|lee|mira|recibe|puede ver|va a ver|sabe)(?: de)?(?: esto| los mensajes| mis mensajes
        | este mensaje| mi numero| todo)?
        |who (?:exactly |all |actually )?(?:reads?|sees|gets|is reading|can (?:see|read)|will (?:see|read)
        |looks at) (?:this|these|it|my
        |the)(?: texts?| messages?| stuff)?
        |quien(?:es)? (?:lee|leen|ve|ven|recibe|reciben|mira|puede (?:ver|leer)|va a (?:ver|leer)) (?:esto|estos|este
        |los|mis|mi)?
        (?: ?mensajes?)?
        |(?:do|will|would|can|did|does) (?:you|u|yall|they|this|it)(?: guys| all| ever)? (?:give|share|send|tell
        |hand|show|sell)
        (?: (?:over|out|this|it|my|info|information|number|name|texts?|messages?|phone|to|with))*{_STATE}(?: (?:or
        |and){_STATE})?
        |(?:i )?(?:dont|do not|aint got|no) ?(?:have|got)? (?:any |my )?papers(?: (?:can|is|will|do|am
        |but)(?: \w+){{0,7}})?
        |(?:yo )?no (?:tengo|tenemos) (?:los |mis )?papeles(?: (?:puedo|pero|me|se|y|aun|igual)(?: \w+){{0,7}})?
        |(?:do you|will you|you) ask (?:for|about) (?:papers|my papers|immigration|status)|piden papeles
        |preguntan por papeles""",
    AboutUs.WHO: r"""(?:new phone )?who ?(?:is|s|are|r|re)? ?(?:this|u|you|it|dis|these people|that|yall)(?: number)?
        |who|who am i (?:texting|talking to)|who is texting me
        |what ?(?:is|s) (?:this|that)(?: number| about| for| thing)*|whose number is this|do i know you|who (?:runs
        |owns) this(?: number)?
        |(?:is this |are you |is it )(?:number )?(?:for |from |with )?(?:the |part of the )*(?:city|town|county
        |government)|(?:es|son|esto es|esto)(?: es)? (?:de
        | del)?(?: la| el)? (?:ciudad|gobierno|condado|municipio)|(?:is|are) (?:this|you|it|u|dis) (?:for real
        |(?:a |an |some )*(?:scam|fake|legit|joke|trap|phishing|official))|(?:es|esto es) (?:una |un |de )?(?:estafa
        |fraude|falso|broma|verdad|trampa)
        |quien (?:maneja|lleva) (?:esto|este numero)
        |what do (?:you|u) (?:guys )?do
        |(?:con )?quien(?:es)? (?:es|son|eres|habla|hablo|escribe|me escribe|es usted|esta ahi)(?: usted| ustedes
        | este numero)?
        |de quien es este (?:numero|telefono)|(?:para )?que es (?:esto|este numero)(?: de (?:\w+ ?){1,3})?
        |is this (?:the|a|your) (?:\w+ ){0,2}(?:thing|number|line|group|program|watch)|para que (?:es|sirve) (?:esto
        |este numero)
        |de parte de quien|cual (?:es este|numero es este|es este numero)(?: numero)?|(?:a )?que se dedican
        |(?:are|r) (?:you|u|these|yall) real(?: people| persons?| humans?)?
        |(?:is this|are you|r u) (?:a )?(?:real|robot|bot|human|machine|computer|person)(?: person| human)?
        |(?:eres|es|es usted|son)(?: esto)? (?:un |una )?(?:robot|maquina|persona|bot|computadora|persona real)
        |(?:(?:hi|ok|hola|y) )?(?:(?:what|which|wat) (?:is the |s the )?|whats the |(?:(?:en|a|de) )?(?:que|cual) )
        (?:web ?)?(?:page|site|website|news|link|pagina|sitio|cosa nueva)(?: (?:is (?:it|that|this)|es(?: esa| ese)?
        |do (?:you|u) mean|dice|dicen|hablan?|habla usted))?
        |i (?:do ?nt|do not) know (?:any|of any|what|which|that|about any) (?:page|site|website)(?: (?:you|u) mean)?
        |no (?:se|conozco|tengo|uso) (?:(?:de )?(?:que|cual) |ninguna? |esa |ese |la |el )(?:pagina|sitio)
        (?: (?:es|hablan?|dicen?|me hablan?|me dicen?))?
        |(?:what|whats|what is|what s) new|que (?:hay )?de nuevo|que hay nuevo""",
    AboutUs.HOW: r"""how (?:does|do) (?:this|it|u|you|the number)(?: thing| number)? work|how it works
        |how (?:do|can) (?:i|we|you) (?:report|tell you|send (?:a )?(?:report|tip)|use this)(?: something| it| this
        | here)?
        |(?:como|komo) (?:funciona|trabaja|es|sirve|se usa|jala)(?: esto| este numero)?
        |como (?:aviso|reporto|(?:hago|mando|doy) un (?:aviso|reporte)|le hago para (?:avisar|reportar)
        |puedo (?:avisar|reportar))(?: algo)?
        |(?:is|are) (?:this|it|texts?|these) (?:really )?(?:an+on+[aiy]m[aeiou]*s|safe|free|confidential|private
        |secret|secure)
        (?: to (?:text|write|use|message|tell|report to) ?(?:you|u|yall|this|here|this number)?)?
        |(?:es|esto es|son) (?:de verdad )?(?:anonimo|seguro|gratis|confidencial|privado|secreto)(?: esto)?
        |(?:si (?:les |le |yo )?(?:digo|aviso|escribo|cuento|hablo)(?: \w+){0,2} )?(?:se |alguien )?(?:van?
        |iran) a (?:enterar|dar cuenta)(?: de)?(?: que)?(?: (?:fui|soy|era) yo| quien(?: (?:soy|fui|aviso|escribe|es
        |fue))?)?
        |(?:why|what) (?:do|are|would|did) (?:you|u|yall|they) (?:need|want|ask|asking)(?: (?:to|know|that|this|me
        |all|it|where|when|for))*
        |(?:para que|por que) (?:me |lo |le )?(?:quieren?|necesitan?|preguntan?)(?: (?:saber|eso|esto|tanto|todo
        |mi \w+))*
        |(?:can|do|will|could) (?:you|u|they|anyone|anybody|people) (?:see|know|have|tell) (?:my (?:number|name
        |phone)|who i am|its me|it is me)
        |(?:pueden|puede|van a|va a)? ?(?:ver|ven|saben|saber|tienen) (?:mi (?:numero|nombre|telefono)|quien soy
        |quien escribe)
        |(?:can|could|will|does) (?:the )?(?:police|cops?|anyone|anybody|they|you|u|someone|dealers) (?:trace|track
        |find|locate|hack) (?:this|me|my \w+|it|texts?|where i \w+)
        |(?:are |r |will |would )?(?:you|u|yall) (?:gonna |going to )?(?:tell|share|give|sell|show)(?: (?:this|it|my
        |info|number|name|to|with))* (?:the |my )?(?:landlord|neighbors?|owner|dealers?|boss|school|anyone|anybody
        |family|parents|people|job)
        |(?:are|r|do|will) (?:you|u|yall|they) (?:record|track|watch|sav|keep|stor)(?:ing|e|s)?(?: (?:me|this|my \w+
        |it|us|calls?|texts?|numbers?))*
        |(?:can|will|could|do) (?:i|we) (?:get|be|go) (?:(?:in|into) trouble|arrested|sued|deported|evicted
        |to jail)(?: (?:for|by|if) (?:\w+ ?){1,5})?|(?:me )?(?:puedo|puede|voy a|va a) (?:meter|meterme
        |traer) (?:en )?(?:problemas|lios)(?: (?:por|con|si) (?:\w+ ?){1,4})?
        |(?:is|are) (?:this|the|you|u|yall)(?: (?:line|number|text line))? (?:open|24 hours|24 7|always (?:on|open)
        |working|available)(?: (?:now|24 7|24 hours|at night|today|all night))*|what are (?:your|the) hours
        |(?:estan abiertos|cual es (?:su|el) horario)
        |(?:do|will|can) (?:i|we|u|you) (?:get )?(?:paid|pay|money)(?: (?:me|us|for|this|tips?|reports?|info))*
        |(?:me )?(?:pagan|van a pagar|dan dinero)(?: (?:por|algo|avisar|reportar|esto))*
        |(?:who gave you|how did you get|where did you get) my (?:number|phone)
        |(?:quien les dio|como (?:consiguieron|tienen)|de donde sacaron) mi (?:numero|telefono)
        |do (?:you|u|yall) (?:take|accept|want|do|get) (?:anonymous )?(?:tips|reports)|(?:are|do|will)(?: you
        | u)?(?: (?:keep|save|store|delete))? (?:my |the |these )?(?:texts?|messages?|pictures?)(?: (?:get
        |be))?(?: (?:deleted|saved|kept|stored|erased))?
        |(?:is this )?(?:the |a )?(?:tip|tips|tip ?line|hot ?line|report|reporte|reportar|aviso|avisar|denuncia
        |denunciar|queja)
        |i (?:have|got|took) (?:a |an |some )?(?:pics?|pictures?|photos?|videos?) (?:can|may|do|should|where do
        |how do) i (?:send|text)
        (?: (?:it|them|you|here|to|this|number))*|how much (?:money )?do (?:i|we|you) (?:get|pay)(?: (?:for|a|an
        |tips?|reports?|this|per))*
        |(?:can|do|may) i (?:send|text) (?:you )?(?:a |an )?(?:pics?|pictures?|photos?|videos?)
        |where do i send (?:pics?|pictures?|photos?)
        |(?:puedo|se puede|como) (?:mandar|enviar|mando|envio) (?:una |un |unas )?(?:fotos?|videos?|imagen(?:es)?)
        |can i trust (?:this|you|u)|(?:puedo|se puede) confiar(?: en (?:esto|ustedes))?
        |(?:will|would) (?:anyone|anybody|someone|they) know (?:its me|it was me|who i am)
        |(?:alguien )?(?:va|van) a saber (?:que (?:fui|soy) yo|quien (?:soy|fui|aviso))
        |(?:i )?(?:want|need|would like) to (?:report|tell you) something|(?:quiero|quisiera|necesito) (?:reportar
        |avisar)(?: de)? algo
        |what (?:do|should) i (?:text|write|say|put)|que (?:escribo|pongo|digo|mando)
        |what happens (?:if|when|after) i text(?: you| this)?|what happens (?:to|with) my (?:texts?|messages?|report)
        |que pasa (?:si|cuando) (?:escribo|mando un mensaje|aviso)|que (?:pasa|hacen) con mi (?:mensaje|aviso)
        |(?:does|do|will) (?:it|this|texts?|i)(?: have to)? (?:cost|pay|be charged)(?: money| anything| me| for| to
        | text(?:ing|s)?| this| you| u)*
        |how much (?:is it|does (?:it|this) cost)(?: to| text| this| you| u)*
        |(?:cuanto |me |va a )*(?:cuesta|cuestan|costar|cobran|(?:van|va) a cobrar)(?: algo| dinero| esto| por
        | mandar| los| mensajes?| textos?| el| escribir| usar)*
        |(?:is there|do (?:i|you|u|they|we)|any|hay|dan|pagan|what is the|get|got|you guys|have)*(?: (?:get|pay|give
        |have|a|an|any|una|alguna|por|la|for|ofrecen|there))*
        (?: ?reward| ?rewards| ?recompensas?)(?: (?:money|for|tips?|reports?|por|avisar|reportar|this|texting
        |info))*""",
    AboutUs.ANSWER: r"""(?:did|do|have|has) (?:you|u|yall|any ?one)(?: guys| all| even| ever)* (?:get|got|gotten
        |receive[d]?|seen?|read)
        (?: (?:my|the|our|any|of))* (?:texts?|messages?|pictures?|pics?)(?: (?:from|i|that|yesterday|last|night
        |sent|today|earlier
        |week|yet))*
        |(?:is there )?any (?:updates?|answers?|news) (?:yet|on this|on that|on it|for me)|any (?:update|answer)
        |(?:y )?(?:que|ke) (?:pasa|paso|hubo|hicieron|ha pasado) con lo que (?:yo )?(?:reporte|avise|mande|dije
        |escribi|les dije)
        |why (?:is|are|does|do|isnt|wont|doesnt)(?: my| the| these)? (?:codes?|words|code words)(?: (?:not|work\w*
        |it))*
        |(?:por que )?(?:no (?:sirve|sirven|jala|funciona|funcionan)) (?:mi|mis|las|el) (?:codigo|palabras|clave)
        |(?:i )?(?:lost|forgot|forget|dont have|deleted|cant find|lose|dont remember)(?: (?:all|my|the
        |those|of))* (?:codes?|code ?words?|words|secret words|password)
        (?:(?: now)? (?:how|what|can|now)(?: \w+){0,5})?
        |(?:perdi|olvide|se me (?:olvido|olvidaron|perdio|perdieron|borraron|borro)|no (?:tengo|encuentro|recuerdo
        |me acuerdo de)|borre|ya no tengo)
        (?: (?:mi|mis|el|la|las|los|de|ya))* (?:codigo|clave|claves|palabras|palabras clave
        |palabras claves)(?: (?:que|como)(?: \w+){0,4})?
        |(?:how|where) (?:do|can|would) i (?:see|get|read|check|find|know)(?: if| about| on)? (?:(?:the|my|an|your
        |any) )*(?:answers?|reply|replies|response|report|status|update)
        (?: (?:on|of|to|for|about) (?:my )?report)?
        |(?:did|has|have|does|will|is|was) (?:(?:any ?(?:one|body)|some ?(?:one|body)|you|u|yall|they
        |anybody) )?(?:(?:even|ever|guys|going to|gonna) )*(?:read|reading|see|seen|saw|get|got|look|looked|looking
        |check|checked)
        (?: (?:at|into|on))?(?: (?:my|the|our)) (?:report|reports|complaint|tip)(?: yet| already)?
        |(?:is|was|has) (?:my|the|our) (?:report|complaint|tip) (?:(?:being|been|getting|ever|still) )*(?:looked|read
        |checked|worked|seen|received|done|handled|open)(?: (?:at|into|on|yet))*
        |(?:did|has|have|will) (?:(?:any ?(?:one|body)|some ?(?:one|body)|you|u|yall|they) )(?:(?:even|ever
        |guys) )*(?:read|see|seen|saw|get|got|look(?:ed)?|check(?:ed)?|done)(?: (?:at|into|on|anything
        |about))* (?:what i (?:sent|wrote|said|texted|told \w+)
        |my (?:texts?|messages?))(?: yet)?
        |(?:how long|when)(?: (?:does it take|until|till|before|will|do|can|for|to))* (?:(?:someone|somebody|you|u
        |anyone|anybody|they|i|a|an|the|my|get|hear|guys) )*(?:answers?|answered|reply|replies|respond\w*
        |back)(?: (?:me|back|to me|this|it|my \w+|from you))*
        |(?:en )?cuanto(?: (?:tiempo|se))* (?:tardan|tarda|demoran)(?: (?:en|para) (?:contestar|responder|leer
        |ver\w*))?|cuando (?:me )?(?:contestan|responden|van a (?:contestar|responder))(?:me)?
        |what(?:s| is| was) my (?:code|codes|code ?words?|words|password)|(?:cual|cuales) (?:es|son|era
        |eran) mis? (?:codigo|clave|palabras)(?: clave)?|no (?:me )?(?:acuerdo|recuerdo) (?:de )?(?:las|mis|mi
        |el) (?:palabras|codigo|clave)
        |como (?:se|puedo saber|sabre) si (?:ya )?(?:leyeron|vieron|recibieron|les llego) (?:mi|el|lo que) (?:mensaje
        |aviso|reporte|escribi|mande)
        |what(?:s| is| has)? ?(?:happened|happening|happens|going on|up|new|the status|status)(?: (?:with|to|on|of
        |about))* (?:my|the|our) (?:report|reports|tip|complaint)
        |(?:any|is there|do you have)(?: (?:any|an|some))? (?:news|answers?|updates?|word)(?: (?:yet|on|about|to
        |for))* (?:my|the|our) (?:report|tip|complaint)
        |(?:que|ke) (?:pasa|paso|hubo|sucedio|onda|hicieron|ha pasado|novedades hay) (?:con|de) (?:mi|el
        |nuestro) (?:reporte|aviso|queja|denuncia)
        |(?:alguien |ya |nadie |ustedes )*(?:ley[oe](?:ron)?|vio|vieron|leen|recibi(?:o|eron)|revis(?:o|aron)
        |van a leer|va a leer)(?: ya| alguien)* (?:mi|el) (?:reporte|aviso|queja|denuncia|mensaje)
        |(?:como|donde) (?:veo|puedo ver|leo|puedo leer|encuentro|se|reviso|checo)(?: si hay)? (?:la|mi|una
        |su) (?:respuesta|reporte|aviso)(?: de mi (?:reporte|aviso))?""",
    AboutUs.MEETINGS: rf"""(?:(?:when|what (?:day|time|date)|where|what place|cuando|(?:a )?que (?:dia|hora)
        |(?:en |a )?donde)(?: (?:is|are|s|will|does|do|es|son|sera|va|queda|hay|toca))?
        |whens|wheres)(?: (?:a ser|be|yall|you|u|guys|we|people|hay))*{_MEET}(?: (?:and|y|con) (?:is|do|can|are
        |will|where|what|when|hay
        |puedo|tengo|es|donde|a que|que)(?: \w+){{1,7}}){{0,3}}
        |(?:what|which) (?:time|day|date) (?:does|do|is|will)(?: be)?{_MEET}(?: (?:start|begin|end|over))?|(?:is
        |are){_MEET}(?: (?:on|open))?
        |(?:(?:en )?(?:donde|que lugar)|cuando|(?:a )?que (?:hora|dia)) (?:se )?(?:juntan|reunen|reune|van a reunir
        |juntamos|reunimos|empieza|comienza)(?: ustedes| todos|{_MEET})?
        |(?:when|where) (?:do|are|will) (?:yall|you|u|you guys|they) (?:have|having|hold|holding|do){_MEET}|(?:puedo
        |podemos) (?:ir|llevar|venir)(?: a)?{_MEET}(?: con(?: \w+){{1,4}})?
        |where (?:do |are )?(?:yall|you|u|you guys|they|people) (?:guys )?meet(?:ing)?(?: at| up)?
        |(?:is|are|will) there(?: (?:be|a|any|another|going to be|gonna be))*{_MEET}(?: (?:about|on
        |for)(?: the| our)? \w+)?
        (?: (?:this|next|today|tonight|tomorrow|week|month))*
        |(?:(?:the|la|el|una?|next|neighbou?rs?|neighbou?rhood|community|block|town|de|del|vecinal
        |proxima) ){{0,4}}(?:meeting|reunion|junta)
        (?: (?:de|del|los|vecinos|barrio|info|information|details|date|time))*
        |(?:(?:a|la|the|de|el) )*(?:reunion|junta|meeting)(?: (?:de|del|el|on|this|la|proximo|next|\w{{3,6}}day
        |lunes|martes|miercoles|jueves
        |viernes|sabado|domingo))* (?:(?:ahi|si|yo) )?(?:voy|vamos|iremos|ire|llevo|im coming|we are coming
        |ill be there|well be there
        |count me in)(?: (?:con|with|a|somos)(?: \w+){{1,4}})?
        |(?:(?:got|do you have|you have
        |have you got|there be) )?any{_MEET}|how (?:do|can) (?:i|we) (?:rsvp|sign up to come)|(?:hay|habra|va a haber
        |tienen|tendran)(?: (?:alguna|otra|una))?{_MEET}
        |(?:how|como|donde|where)(?: (?:do|can|could|me|se|le))*(?: (?:i|we|hago|puedo|para))* (?:go|get|come|join
        |sign up|register|attend|voy|ir|llego|llegar|apunto|inscribo|registro|asisto|asistir
        |apuntarme)(?: (?:to|for|a|en|para))?{_MEET}
        |(?:(?:can|could|may) )?(?:i |we |me |nos )?(?:(?:want|wanna|would like|like|need|id like|[qk]uiero|queremos
        |quisiera|me gustaria|puedo|podemos|can|could) )*(?:to )?
        (?:go|come|attend|join|be at|get|sign up|be|ir|asistir|participar|entrar|venir|apuntarme|inscribirme
        |sign me up|apunt(?:a|e|en)me|registr(?:a|e|en)me|inscrib(?:a|e|an)me|anot(?:a|e|en)me)
        (?: (?:to|for|at|a|en|para))?{_MEET}(?: (?:how|como))?""",
    AboutUs.TREATMENT: r"""(?:i |we )?(?:really |just |would |id )*(?:want|wanna|need|needs|like|trying|tryna|ready
        |gotta|have) (?:to )?
        (?:get|be|stay|go) (?:clean|sober|off (?:drugs|dope|fent\w*|heroin|meth|pills|it|this stuff)|into (?:rehab
        |detox
        |treatment))(?: (?:but|and|where|how|so|can|who|please|i|any|do|is)(?: \w+){0,8})?
        |(?:i |we )?(?:want|wanna|need|trying|tryna|ready|cant|can not|cannot|dont know how)(?: help)?
        (?: (?:i|to|cant|how))* (?:stop|quit|quitting|stopping|kick) (?:using|doping
        |smoking (?:meth|crack|dope|fent\w*)|shooting up|drugs
        |dope|heroin|meth
        |fent\w*|pills|drinking|the habit)(?: (?:but|and|where|how|so|can|who|please|i)(?: \w+){0,8})?
        |(?:i|ive|im) (?:just )?(?:relapsed|been (?:using|clean|sober)|quit (?:heroin|meth|fent\w*|dope|pills|using
        |drinking)|an? addict|addicted
        |hooked|dope ?sick|withdrawing|in withdrawal|detoxing)(?: \w+){0,12}
        |(?:(?:where|how|who|what|any|a|the|is there|do you have|got|need|can i (?:get|call)) )*(?:rehabs?|detox
        |treatment|methadone|suboxone
        |na meetings?|narcotics anonymous)(?: (?:number|center|place|places|clinic|bed|beds|help|near|me|here|line
        |info|for|someone|somebody|my
        |son|daughter|self))*
        |(?:quiero|quisiera|necesito|trato de|ayudenme a|como puedo) (?:dejar|parar|salir) (?:de )?(?:(?:la|las|el
        |usar|consumir|fumar|tomar|mi
        ) ?)*(?:drogas?|vicio|adiccion|cristal|piedra|heroina|fentanilo|alcohol|tomar|consumir|usar
        |drogarme)(?: \w+){0,8}
        |(?:si )?(?:quiero|necesito|busco)(?: que)?(?: (?:me|ayuden|ayuda|con|para|mi|un|una|a|de|dejar
        |la))* (?:adiccion|vicio|rehabilitacion
        |tratamiento|centro|anexo)(?: (?:de|para|por|rehabilitacion|favor|mi|adicciones|drogas))*
        |como (?:salgo|me salgo|dejo|puedo (?:salir|dejar)) (?:de )?(?:(?:la|las|el|esta|este) )?(?:drogas?|vicio
        |adiccion|cristal|piedra|heroina
        |fentanilo|alcohol|consumir|usar)(?: \w+){0,6}
        |(?:yo )?(?:recai|soy adict[oa]|estoy (?:en malilla|malill[oa]|enganchad[oa]|malo por la droga))(?: \w+){0,8}
        |(?:(?:donde|hay|un|algun|numero|de|para) )*(?:centros?|clinicas?|numero) (?:de|para) (?:rehabilitacion
        |adicciones|desintoxicacion)""",
    AboutUs.CALL: r"""(?:(?:i |we )?(?:want to|wanna|need to|would like to|can i|could i|can we|may i|like to
        |let me) )?
        (?:talk|speak) (?:to|with) (?:someone|somebody|a person|a human|a real person|a human being|anyone
        |a live person)
        (?: there| on the phone| by phone)?
        |(?:can|could|will) (?:someone|somebody|you|u|yall|a person) (?:please )?call (?:me|us)(?: back| now)?
        |call (?:me|us)(?: back| now)?|is there (?:someone|somebody|anyone|a person) (?:i can|to) (?:talk
        |speak) (?:to|with)
        |is there (?:a|any) (?:phone )?number(?: that)? (?:i can|to|we can) call
        |(?:what|which|whats the) (?:phone )?number (?:do i|can i|should i|to) call|(?:do you have )?a number (?:to
        |i can) call
        |(?:me gustaria |puedo |quisiera |podria |quiero )?habl(?:ar|e) con (?:alguien|una persona|un humano
        |alguna persona|una persona real)
        (?: por telefono| de verdad)?
        |(?:se puede|puedo|can i) (?:hablar|talk)(?: con| to| with) (?:un |una |a |el |la |the )?(?:pastor|padre|cura
        |consejer[oa]|trabajador[oa] social|counselor|lawyer|abogado)
        |(?:me )?(?:pueden|puede|podrian|podria) (?:llamar|marcar|llamarme|marcarme|hablar por telefono)
        |(?:llam|mar[cq]u?|habl)(?:e|en|a)(?:me|nos)(?: por telefono| ya)?
        |(?:hay|tienen) (?:un |algun )?(?:numero|telefono)(?: de telefono)?(?: para| donde| al que
        | a donde)(?: puedo)? (?:llamar|hablar|llamo)
        |a que (?:numero|telefono) (?:llamo|hablo|puedo (?:llamar|hablar)|marco)""",
    AboutUs.NEWS: r"""subscribe(?: me)?|news|noticias|updates|suscribir(?:me)?|suscripcion|novedades
        |sign (?:me|us) up(?: for (?:the |your )?(?:news|texts?|updates|alerts|messages))?
        |how (?:do|can) i (?:sign up|subscribe|get (?:the )?(?:news|updates|alerts))(?: (?:for|to)
        (?: the| your)? (?:news|texts?|updates|alerts))?
        |(?:i )?(?:want|would like|wanna) (?:to )?(?:get|receive|have|subscribe to|sign up for)?(?: the
        | your)? ?(?:news|updates|alerts)
        |(?:to )?(?:get|receive|subscribe to|sign up for) (?:the |your )?(?:news|updates|alerts)
        |send (?:me|us) (?:the |your |some )?(?:news|updates|alerts)|keep (?:me|us) (?:posted|updated|informed
        |in the loop)
        |(?:recibir|noticias|mandeme|mandenme|envieme|envienme|quisiera recibir|me gustaria recibir)(?: las| sus
        | mas)? (?:noticias|mensajes|alertas|novedades)
        |(?:me )?(?:quiero |quisiera |puedo )?(?:suscribirme|apuntarme|inscribirme|apuntar|suscribir|inscribir)
        (?: (?:a|para|en) (?:las |los |sus )?(?:noticias|mensajes|alertas))?""",
}
_ASKS = tuple((about, _whole(pattern)) for about, pattern in _ABOUT.items())
_HELLO = _whole(
    r"""hi|hello|hey|hiya|hola|ola|buenas|buenos dias|buen dia|buenas tardes|buenas noches|good (?:morning|evening
        |afternoon)
    |saludos|test|testing|prueba|hi there|hello there|hey there|(?:is )?any(?:body|one) (?:there|home)
    |hay alguien(?: ahi)?|que onda|que tal
    |whats up|sup|alo|aja|mhm|ok cool|cool|yes (?:maam|mam|sir)|si (?:senor|senora)|claro|ya|bueno|esta bien|yes|yeah
    |yep|yup|no|nope|nah|si|sip|ok|okay|k|kk|va|sale|lol|jaja(?:ja)*
    |haha(?:ha)*|nvm|never mind
    |[0-9]{1,2}|[a-z]"""
)
_THANKS = _whole(
    r"""(?:ok |okay |muchas |many |muchisimas )?(?:thanks|thank you|thank u|thx|ty|gracias)
    (?: so much| a lot| very much| again| god bless| bendiciones| bye| adios)?|god bless(?: you)?|dios (?:lo|la|los
        |le) bendiga"""
)
_SMALL_SIGNS = frozenset("👍👎👌🙏❤💕🙂😊✅👏🙌😀😃🥰😂🤣👋😘")
_TONES = frozenset("\ufe0f\u200d🏻🏼🏽🏾🏿")
_SPEAK = {
    Keyword.SPANISH: _whole(
        r"""(?:in |en )?(?:spanish|espanol)|(?:usted(?:es)? |se |alguien )?habl(?:a|an|as|ar) (?:en )?espanol
        |(?:do|does|can) (?:you|u|anyone|anybody|someone) (?:guys )?(?:speak|write|text|talk)(?: in)? spanish
        |no (?:hablo|entiendo|se|leo|comprendo|ablo)(?: el| mucho| bien| nada de)* ingles|(?:solo|nomas|solamente
        |nada mas) (?:hablo |en |entiendo )?espanol
        |(?:i )?(?:no|dont|do not|cant) (?:(?:speak|read|understand|know) )?(?:any |much |good )?english
        |(?:i )?(?:only )?speak spanish
        |(?:can|could) (?:you|u|it|this) (?:be|write|text|speak|send)(?: it| this| to me| me)? in spanish
        |(?:puede|pueden|podria|podrian) (?:ser|escribir|escribirme|hablar|mandarlo|decirmelo
        |hablarme)(?: me)? en espanol"""
    ),
    Keyword.ENGLISH: _whole(
        r"""(?:in |en )?(?:english|ingles)|(?:do|does|can) (?:you|u|anyone|anybody|someone) (?:guys )?(?:speak|write
        |text|talk)(?: in)? english
        |(?:i )?(?:no|dont|do not|cant) (?:(?:speak|read|understand|know) )?(?:any |much |good )?spanish
        |(?:i )?(?:only )?speak english
        |no (?:hablo|entiendo|leo)(?: el| mucho| bien)* espanol|(?:solo|solamente) (?:hablo )?ingles
        |(?:can|could) (?:you|u|it|this) (?:be|write|text|speak|send)(?: it| this| to me| me)? in english"""
    ),
}


_TOPICS: dict[AboutUs, tuple[str, str]] = {
    # The words of which one must occur, and those that may stand beside it and the small ones.
    AboutUs.POLICE: (
        "police policia policias cop cops ice migra migracion immigration inmigracion feds sheriff",
        (
            "give gives share send number name info yall or work works working "
            "read reads see sees tell call trabajan trabaja leen lee ven ve avisan llaman dicen decir"
        ),
    ),
    AboutUs.CALL: (
        "call llamar llame llamen llamame llameme llamenme llamarme marcar marqueme hablar hable talk speak human",
        "phone telefono humano back real persona persons human alguien number numero",
    ),
    AboutUs.NEWS: ("news noticias updates novedades", "receive recibir saber send mandeme mandenme about sobre latest"),
    AboutUs.HOW: (
        "name nombre anonymous anonimo anonima safe seguro segura free gratis private privado works cost cuesta",
        "funciona give gave dar doy tengo work como cuanto much does really verdad muy ser aviso",
    ),
    AboutUs.WHO: ("real robot bot quien quienes number", "reads person persona whos whose human leer lee va esto"),
}
_READS = frozenset("read reads lee leer leen see sees ve ver ven".split())
MOST_ASKED = 9


def _topic(folded: str) -> AboutUs | None:
    """Return what a short text of small words asks about us."""
    words = folded.split()
    if len(words) > MOST_ASKED:
        return None
    if {"who", "quien", "quienes"}.intersection(words) and _READS.intersection(words):
        return (
            AboutUs.POLICE
            if all(word in SMALL | _READS | {"quien", "quienes", "va", "van"} for word in words)
            else None
        )
    for about, (cores, beside) in _TOPICS.items():
        core, known = frozenset(cores.split()), frozenset(beside.split())
        if core.intersection(words) and all(word in SMALL | core | known for word in words):
            return about
    return None


LONGEST_QUESTION = 200
_TELLS = LazyPattern(r"\b(?:sell\w*|sold|deal(?:s|ers?|ing)|vend\w+|slang\w*|moving|\d{3,}\w*)\b")
_OF_OTHERS = LazyPattern(
    r"\b(?:they|them|theyre|their|neighbou?rs?|upstairs|next door|corner|ellos|vecin\w+|esquina)\b"
)
_IN_PASSING = frozenset({AboutUs.TREATMENT, AboutUs.POLICE, AboutUs.MEETINGS})
"""What may be asked beside a report, which is never lost for it."""


def _tells(folded: str, about: AboutUs) -> bool:
    """Whether a question also tells something that belongs into a report."""
    if about not in _IN_PASSING:
        return False
    of_others = about is AboutUs.TREATMENT and _OF_OTHERS.search(folded) is not None
    return of_others or _TELLS.search(folded) is not None


def asks_about_us(text: str) -> AboutUs | None:
    """Return what the whole message asks about us: who we are, who reads it, how it works, a call, or news."""
    folded = fold(text)
    if len(folded) > LONGEST_QUESTION:
        return None
    if not folded:
        return AboutUs.WHO if "?" in text else None
    about = next((about for about, pattern in _ASKS if pattern.fullmatch(folded)), None) or _topic(folded)
    return None if about is None or _tells(folded, about) else about


def asks_for_language(text: str) -> Keyword | None:
    """Return the keyword that a wish for a language stands for: "no hablo inglés" is ESPAÑOL."""
    folded = fold(text)
    found = next((wish for wish, pattern in _SPEAK.items() if pattern.fullmatch(folded)), None)
    return found or _language_in(folded.split())


_TONGUES = {"spanish": "es", "espanol": "es", "english": "en", "ingles": "en"}
_IN_TONGUE = frozenset(
    """speak speaks write text talk translate habla hablas hablan hablar hable hablo hablarme escribir escriba escribe
    escribame traducir entiendo entender understand read leer leo no dont not only solo nomas better mejor prefer
    prefiero     well bien mucho much""".split()
)
_ABOUT_A_MEETING = frozenset("is it its be es esta sera hay".split())


def _language_in(words: list[str]) -> Keyword | None:
    """Return the language that a short text of small words wants; of one that is not spoken, the other."""
    named = [_TONGUES[word] for word in words if word in _TONGUES]
    if len(named) != 1 or len(words) > MOST_ASKED or _ABOUT_A_MEETING.intersection(words):
        return None
    if not all(word in SMALL | _IN_TONGUE or word in _TONGUES for word in words):
        return None
    refused = bool({"no", "dont", "not"}.intersection(words))
    return Keyword.SPANISH if (named[0] == "es") != refused else Keyword.ENGLISH


def only_greets(text: str) -> bool:
    """Whether the whole message is a greeting, or a scrap without meaning of its own: "hi", "ok", "2", "👍"."""
    signs = {sign for sign in text if not sign.isspace() and sign not in ".!,"} - _TONES
    folded = fold(text)
    return _HELLO.fullmatch(folded) is not None if folded else bool(text) and signs <= _SMALL_SIGNS


def only_thanks(text: str) -> bool:
    """Whether the whole message is thanks."""
    return _THANKS.fullmatch(fold(text)) is not None


_MORE_QUESTIONS = _whole(
    r"""(?:stop|quit|no|dont|do not|please stop|enough|no more)(?: (?:more|with|me|the|all|these|your|so
        |many))* ?(?:asking|ask|questions?)(?: (?:me|so|many|all|these
    |stuff|things|anything|more|questions?|already|now|anymore|the|again))*
    |(?:(?:ya|por favor|dejen?|deje|paren?|dejenme|basta) )*(?:no|de|de tantas?|tantas?) (?:(?:me|nos|mas|hagan|haga
        |hacer|hacerme|tantas|sus) )*(?:pregunt(?:en|e|es|as|ar|arme)|preguntas?)
    (?: (?:mas|nada|cosas|tanto|ya|tantas|por favor))*"""
)


def wants_no_questions(text: str) -> bool:
    """Whether the whole message asks us to ask no more about a report."""
    return _MORE_QUESTIONS.fullmatch(fold(text)) is not None


_QUOTES = '“”"„«»'
_REACTION = LazyPattern(
    r"(?:liked|loved|disliked|emphasi[sz]ed|laughed at|questioned|reacted \S+ to|removed an? .{3,20} from"
    r"|(?:\S{1,4} )(?:to|a)"
    r"|le gustó|me gustó|le encantó|me encantó|no le gustó|no me gustó|se rió de|me reí de|enfatizó"
    r"|reaccionó .{1,30} a|eliminó .{3,20} (?:a|de)|preguntó sobre)"
    rf" (?:[{_QUOTES}].*[{_QUOTES}]|an (?:image|attachment|audio message)|a (?:photo|movie|message)"
    rf"|una (?:imagen|foto)|un mensaje)",
    re.IGNORECASE | re.DOTALL,
)
_AWAY = _whole(
    r"""(?:auto ?reply |automatic reply |respuesta automatica )?im driving(?: with do not disturb
        (?: while driving)? turned on| with driving focus turned on| and cant| right now
    | cant talk| ill text you later)*(?: (?:text|talk|answer|respond|reply|right now|now|now auto reply
        |auto reply)){0,4}(?: ill (?:see|get|text|call|reply) .{1,80})?
    |i am driving ill .{1,60}|sorry i cant (?:talk|text) right now|cant talk right now(?: whats up)?
        |estoy (?:conduciendo|manejando)(?: .{1,80})?"""
)


def is_from_a_machine(text: str) -> bool:
    """Whether a telephone wrote the whole message by itself: a reaction to one of our texts, or "I'm driving"."""
    return _REACTION.fullmatch(text) is not None or (len(text) < 160 and _AWAY.fullmatch(fold(text)) is not None)
