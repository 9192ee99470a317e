"""Wishes beside a report: to stop because somebody comes or looks, to take words back, to hear nothing here or again.

Pure. The whole message has to consist of such wordings, so that "someone is coming every night" stays a report. Words
that are read here are kept all the same: a person at the desk should know of them.
"""

from __future__ import annotations

from enum import StrEnum

from portal.core.patterns import LazyPattern
from portal.following.follow_words import agrees
from portal.sms.keywords import Keyword, fold, keyword


class ReportWish(StrEnum):
    """What a text in the middle of a report asks of us."""

    LEAVES = "leaves"
    """Its sender cannot go on: no question any more."""
    SILENCE = "silence"
    """Somebody may see the phone: no text at all."""
    SILENCE_PERHAPS_FOR_GOOD = "silence_perhaps_for_good"
    """The same, and it asks for no more texts: a person decides."""
    TAKES_BACK = "takes_back"
    TAKES_BACK_NAMED = "takes_back_named"
    """The same, and it says plainly that it means a text to us, so no open report is needed to understand it."""
    NOT_TO_POLICE = "not_to_police"
    """The police are not to learn who wrote."""


class _Part(StrEnum):
    WATCHED = "watched"
    NEAR = "near"
    """Somebody is near: beside another wish that is why; alone it may be what is reported."""
    LEAVES = "leaves"
    NO_ANSWER = "no_answer"
    NO_QUESTION = "no_question"
    TAKES_BACK = "takes_back"
    TAKES_BACK_NAMED = "takes_back_named"
    NOT_TOLD = "not_told"
    NOT_TO_POLICE = "not_to_police"
    BESIDE = "beside"


_OWN = (
    r"(?:my |the )?(?:husband|hubby|bf|boyfriend|fiance|old man|wife|gf|girlfriend|partner|ex|dad|father|stepdad|mom"
    r"|mother|son|daughter|kids?|brother|sister|cousin|uncle|aunt|roommate|landlord|boss|manager)"
)
_SOME = rf"(?:{_OWN}|my (?:man|baby daddy|neighbor|family)|some ?(?:one|body)|some1|sum1)"
_IS = r"(?:s| is| are|re)?(?: (?:right|now|just|still|already|here|and|also|right here)){0,3}"
_SEES = (
    r"(?:looking|watching|listening|coming|here|home|back|awake|up|near|close|next to me|behind me|beside me"
    r"|in the room|at the door|walking in|checking|reading|going thr(?:u|ough))"
)
_SEES_WHAT = (
    r"(?: (?:at|to|over|me|us|my|phone|cell|texts?|messages?|this|shoulder|in|inside|home|back|now|right|rn|here"
    r"|again|closer|everything)){0,5}"
)
_MINE = r"(?:my (?:phone|cell|texts?|messages?)|me|us|this|over my shoulder)"
_SUYO = (
    r"(?:mis? (?:esposo|marido|viejo|senor|novio|pareja|ex|esposa|mujer|novia|papa|padre|padrastro|mama|madre|suegr[oa]"
    r"|hij[oa]s?|hermano|hermana|primo|tio|tia|patron|jefe|jefa|dueno|vecin[oa]|cunado|familia)|alguien)"
)
_TELEFONO = r"(?: (?:mi|el|mis|los) (?:telefono|celular|cel|mensajes|textos)| todo| lo que escribo)"

_WATCHED = (
    rf"(?:i (?:think|hear) )?{_SOME}{_IS} {_SEES}{_SEES_WHAT}",
    rf"{_SOME} (?:just |is )?(?:got|came|walked|woke|gets|comes)(?: (?:home|in|back|up|here|now)){{1,2}}",
    (
        rf"(?:{_SOME}|he|she|they|hes|shes|theyre)(?: (?:is|are|right|now|always|keeps?|still)){{0,2}}"
        rf" (?:looking at|watching|listening to|reading|checking|going thr(?:u|ough)|right next to|next to"
        rf"|standing (?:next to|behind|over)|behind) {_MINE}(?: now| rn| right now| too){{0,2}}"
    ),
    (
        rf"(?:{_SOME}|he|she|they|hell|shell|theyll)(?: (?:always|will|can|could|might|may|gonna|is going to"
        rf"|sometimes))?"
        rf" (?:sees?|reads?|checks?|looks at|goes thr(?:u|ough)|look at|go thr(?:u|ough)) {_MINE}"
    ),
    (
        r"(?:im|i am) (?:not alone|being watched)(?: now| rn| here| right now)?|i hear (?:some ?one|him|her"
        r"|them)(?: coming)?"
    ),
    (
        rf"{_SUYO}(?: (?:ya|me|ahi|aqui|tambien))* (?:esta|estan|anda) (?:viendo|mirando|oyendo|escuchando|aqui|cerca"
        rf"|revisando|checando|al lado|en (?:la )?casa|despiert[oa]|en la puerta|detras|conmigo)(?:me)?{_TELEFONO}?"
        r"(?: (?:ahora|ahorita|de mi|ya))?"
    ),
    rf"(?:(?:ya|ahi|ahorita) )*(?:viene|llego|llega|entro|desperto|se desperto|regreso|esta aqui)(?: ya| ahi)? {_SUYO}",
    (
        rf"{_SUYO}(?: (?:ya|me|ahi|siempre))* (?:viene|llego|llega|entro|desperto|se desperto|regreso|ve|mira|revisa"
        rf"|lee"
        rf"|checa)(?: ya| ahi| llegando)?{_TELEFONO}?"
    ),
    (
        r"(?:(?:ya|el|ella|ellos|es que) )*me (?:esta|estan) (?:viendo|mirando|vigilando|oyendo|escuchando|espiando"
        rf"|checando|revisando){_TELEFONO}?(?: ahora| ahorita| aqui)?"
    ),
    (
        rf"(?:(?:el|ella|ellos|siempre) )*me (?:revisan?|checan?|leen?|van? a (?:ver|revisar|checar|oir|cachar"
        rf"|leer)){_TELEFONO}?"
    ),
    rf"no estoy sol[oa](?: ahora| ahorita)?|hay alguien (?:aqui|conmigo|cerca|en casa)|estoy con {_SUYO}",
)
_NEAR = (
    (
        r"(?:he|she|they|hes|shes|theyre|it)(?: (?:is|are))? (?:looking|watching|coming|here|home|back|near|awake|up)"
        r"(?: (?:now|rn|right|back|home|here|in|again)){0,3}"
    ),
    (
        r"(?:(?:ya|ahi) )*(?:vienen?|llego|llegaron|(?:esta|estan) (?:aqui|cerca|viendo))(?: ya| el| ella| ahi)?"
        r"|(?:el|ella|ellos) (?:ya )?(?:viene|vienen|llego|(?:esta|estan|anda) (?:aqui|cerca|viendo|mirando))"
    ),
)
_LEAVES = (
    (
        r"(?:(?:i|ill|im|well|really|just|also) )*(?:have (?:to|2)|got (?:to|2)|gotta|need to|must|better|gonna"
        r"|going to|about to|should) (?:go|leave|run|dip|bounce|hang up|get off(?: (?:my|the|this) (?:phone|cell))?"
        r"|put (?:my|the|this) (?:phone|cell) (?:away|down)|hide (?:my|the|this) (?:phone|cell)|sleep)"
        r"(?: (?:now|rn|right|home|inside|to work|to bed|to sleep|asap|quick|bye)){0,3}"
    ),
    r"(?:im|i am) (?:leaving|at work|busy|heading out)(?: (?:now|rn|right)){0,2}",
    r"g2g|gtg|ttyl|brb|bbl|bye(?: bye)?|good ?bye|bye for now|(?:ill )?(?:talk|text|ttyl)(?: (?:to|you|u)){0,2} later",
    (
        r"ill (?:text|write|tell|message|msg|talk|send|finish|continue)(?: (?:to|you|u|yall|more|back|again|the"
        r"|rest|it)){0,4} (?:later|tomorrow|tonight|when i can|after|another time|soon)"
    ),
    (
        r"(?:i )?(?:cant|cannot|can not|cnt) (?:talk|text|write|chat|type|answer|reply|respond|say (?:more|anything)"
        r"|be (?:texting|talking|on (?:my|the) phone)|keep (?:texting|talking|writing|doing this)|use (?:my|the) phone)"
        r"(?: (?:right|now|rn|here|anymore|any|more|atm|at|the|moment|about|it|this|u|you|back|else)){0,5}"
    ),
    (
        r"(?:(?:its|it|is|im|am|i|this) )*(?:not|isnt|aint) safe (?:for me )?to (?:talk|text|write|answer|say more)"
        r"(?: (?:now|rn|right|here|more)){0,2}"
    ),
    (
        r"(?:i )?(?:dont|do not) (?:wanna|want to) (?:say|talk|write|text|tell|answer)(?: (?:any|more|anymore|you|u"
        r"|about|it|this|that|anything|else|now|questions?)){0,6}"
    ),
    r"(?:and )?thats (?:all|it)(?: (?:i|for|know|can|say|have|got|now|tell|you|will|wanna|want|to)){0,6}",
    (
        r"(?:(?:ya|yo|es que) )*(?:me )?(?:tengo (?:que|k|q)|debo|necesito|hay que) (?:ir|irme|colgar|salir|salirme"
        r"|dejarl[oae]s?|cortar|apagar|esconder|guardar)(?: (?:el|mi) (?:telefono|celular|cel))?(?: ya| ahora"
        r"| ahorita| rapido){0,2}"
    ),
    r"(?:ya )?me voy(?: ya| ahora| ahorita| a dormir| a trabajar)?",
    (
        r"(?:luego|despues|al rato|mas tarde|mas al rato|manana|otro dia) (?:les |le |te |los )?(?:escribo|hablo"
        r"|cuento|digo|sigo|mando|platico|aviso|texteo|contesto)(?: mas| bien)?"
    ),
    (
        r"(?:les |le |te |los )?(?:escribo|hablo|cuento|digo|sigo|mando|platico|aviso|texteo|contesto)(?: mas)?"
        r" (?:luego|despues|al rato|mas tarde|mas al rato|manana|otro dia)"
    ),
    (
        r"(?:(?:ahorita|ahora|aqui|ya) )*no (?:puedo|debo|me dejan|voy a poder) (?:hablar|escribir|contestar|textear"
        r"|seguir|platicar|responder|decir(?: mas| nada)?|mandar mensajes)(?: (?:ahora|ahorita|mas|aqui|ya|por|nada"
        r"|momento|el|escribiendo|hablando)){0,4}"
    ),
    r"(?:(?:ahorita|ahora) )?no puedo|no es seguro (?:hablar|escribir|contestar|mandar)(?: (?:mas|aqui|ahorita)){0,2}",
    r"(?:ya )?no quiero (?:decir|hablar|contar|seguir|contestar)(?: (?:mas|nada|de|esto|eso|ya|con|preguntas)){0,4}",
    r"(?:y )?(?:eso )?(?:es|seria) todo(?: (?:lo|que|se|puedo|decir|por|ahora|hoy|ahorita)){0,5}|adios|hasta luego",
    r"estoy (?:trabajando|en (?:el|mi) trabajo|ocupad[oa])(?: ahora| ahorita)?",
)
_NO_ANSWER = (
    (
        r"(?:dont|do not|never|stop|no|quit) (?:text(?:ing)?|repl(?:y|ying)|respond(?:ing)?|answer(?:ing)?"
        r"|writ(?:e|ing)|messag(?:e|ing)|msg|send(?:ing)?|call(?:ing)?|contact(?:ing)?)(?: (?:me|us|back|here|again"
        r"|now|anymore|any|more|on|to|this|number|phone|my|texts?|messages?|at|all|night|right|rn|anything)){0,8}"
    ),
    (
        r"no more(?: (?:texts?|messages?|answers))?|stop(?: it)?|enough|alto|basta|ya no(?: mas)?|paren"
        r"|no mas(?: mensajes)?"
    ),
    (
        r"(?:que )?no (?:me |nos )?(?:contest(?:en|e|es)|respond(?:an|a|as)|escrib(?:an|a|as)|mand(?:en|e|es)"
        r"|llam(?:en|e|es)|habl(?:en|e)|text(?:een|ee|ees))(?: (?:mas|nada|por aqui|aqui|ahora|ahorita|ya"
        r"|mensajes|otra vez|de noche|(?:a )?(?:este|mi|al) (?:numero|telefono|celular))){0,6}"
    ),
)
_NO_QUESTION = (
    r"(?:no more|stop|dont|no)(?: (?:asking|ask|me|with|the|your|all|any|more|these|so|many)){0,4} questions?",
    r"(?:stop|dont|do not) (?:asking|ask)(?: (?:me|more|anymore|anything|now)){0,3}",
    r"(?:ya )?(?:no (?:me )?(?:pregunten?|hagan) ?(?:mas|nada|preguntas|mas preguntas)?|no mas preguntas)",
)
_ASKING = (
    r"(?:(?:can|could|will|would) (?:you|u|yall) |(?:i )?(?:want|need|would like|wanna)(?: (?:you|u|to)){0,2} "
    r"|how (?:do|can) i |is there a way to )?(?:please |pls |plz |just ){0,2}"
)
_SENT = (
    r"(?:sent|said|wrote|written|told (?:you|u|yall)|texted|reported|typed|put|say|send)"
    r"(?: (?:you|u|yall|before|earlier|today|here|in|down|last|night|yesterday)){0,3}"
)
_MY_TEXT = (
    r"(?:(?:all|both|of|my|the|these|those|that|this|last|first|other|old|whole|prior|previous) ){1,4}(?:texts?"
    r"|messages?|msgs?|reports?|tips?|complaints?|story|words|pictures?|pics?|photos?|convo|conversation)"
    rf"(?: i (?:just )?{_SENT})?"
)
_WHAT_I_SAID = (
    rf"(?:(?:all|everything|anything|what|whatever|the stuff)(?: that| of it| of what)? (?:i|ive"
    rf"|we) (?:just |already )?{_SENT})"
)
_BORREN = (
    r"(?:(?:me |ya )?(?:pueden?|podrian?|puedes|se puede) |(?:yo )?(?:quiero|quisiera|necesito) (?:que )?"
    r"|como (?:puedo |le hago para |hago para )?)?(?:ya |me ){0,2}"
)
_LO_QUE = (
    r"(?:(?:todo )?lo (?:que|k|q) (?:(?:les|le|te|yo|ya|acabo|de) ){0,4}(?:dije|mande|escribi|envie|puse|conte|decir"
    r"|mandar|escribir|poner|enviar|reporte|avise|contarles?|decirles?|mandarles?)"
    r"(?: (?:antes|ahorita|hace rato|a ustedes|ahora|hoy|ayer))?)"
)
_MI_MENSAJE = (
    r"(?:(?:todos? |los |el |ese |este |esos )?(?:mis?|el|los|ese|este|esos|estos)(?: (?:ultimos?|primer|otro))?"
    r" (?:mensajes?|reportes?|avisos?|textos?|quejas?|denuncias?|fotos?)"
    r"(?: que (?:les |le )?(?:mande|escribi|envie|hice|puse))?)"
)
_TAKES_BACK_NAMED = (
    (
        rf"{_ASKING}(?:delete|erase|remove|take (?:back|down)|undo|unsend|withdraw|retract|discard|disregard|trash"
        rf"|get rid of|throw (?:away|out)|ignore|forget(?: about)?) (?:{_WHAT_I_SAID}|{_MY_TEXT})"
        rf"|{_ASKING}cancel (?:my|the|this|that) (?:last )?(?:report|tip|complaint)(?: i (?:just )?{_SENT})?"
    ),
    (
        rf"{_BORREN}(?:borr(?:en|e|a|ar|o)|elimin(?:en|e|a|ar|o)|olvid(?:en|e|a|ar)|ignor(?:en|e|a|ar))"
        rf" (?:{_LO_QUE}|{_MI_MENSAJE})"
        rf"|{_BORREN}(?:cancel(?:en|e|a|ar|o)|retir(?:en|e|ar|o)|quit(?:en|e|a|ar)) (?:{_LO_QUE}|(?:mi|el|ese|este)"
        r" (?:reporte|aviso|queja|denuncia))"
    ),
)
_TAKES_BACK = (
    (
        rf"{_ASKING}(?:delete|erase|undo|unsend|disregard|discard|scratch|retract|withdraw|ignore|forget(?: about)?)"
        r" (?:this|that|it|all (?:of )?(?:this|that|it)|the whole thing)(?: (?:please|text|now|all|ok)){0,2}"
    ),
    rf"{_ASKING}(?:delete|erase|unsend) (?:them|those|these)",
    (
        r"(?:please )?(?:dont|do not) (?:read|use|send|share|keep|save|file|show)"
        rf" (?:this|that|it|{_WHAT_I_SAID}|{_MY_TEXT})"
    ),
    (
        r"i (?:take|took) (?:it|that|this|everything|what i said)(?: all)? back|(?:i )?(?:have |ve )?changed my mind"
        r"|i (?:just )?(?:made|make) (?:it|that|this|all that|everything|all of it|the whole thing)(?: all)? up"
    ),
    r"i (?:lied|was lying|was (?:just )?(?:kidding|joking|playing))|just (?:kidding|joking|playing)|jk",
    r"(?:it|that|this) was(?: all| just)? (?:a (?:lie|joke|mistake|prank)|not true|made up|fake|an accident)",
    r"(?:its|it is|thats|that is)(?: all)? (?:a lie|not true|made up)|(?:it|that) (?:isnt|wasnt|aint) true",
    r"never ?mind(?: (?:it|that|this|all that|what i said))?|nvm",
    r"forget (?:that )?i (?:said|texted|sent|wrote|told)(?: (?:anything|that|it|this|you|u)){0,2}",
    r"pretend i (?:never|didnt) (?:say|said|texte?d?|write|wrote|send|sent)(?: (?:anything|that|this|you|u)){0,2}",
    (
        r"i (?:shouldnt|should not|should never)(?: (?:have|of|ve))? (?:said|sent|texted|wrote|written|told|say|text)"
        r"(?: (?:that|this|anything|you|u|all|it)){0,3}"
    ),
    (
        r"(?:i )?(?:sent|texted|wrote)(?: (?:it|that|this|you))? (?:by|on) (?:mistake|accident)|(?:by|on) (?:mistake"
        r"|accident)"
    ),
    (
        r"(?:i )?(?:dont|do not) (?:want to|wanna) (?:report|do this|get involved|be involved|be part of this)"
        r"(?: (?:it|this|that|anything|anymore|any|more|now|in)){0,4}"
    ),
    (
        rf"{_BORREN}(?:borr(?:en|e|a|ar)|elimin(?:en|e|a|ar)|cancel(?:en|e|ar)|olvid(?:en|e|a|ar)|ignor(?:en|e|a|ar))"
        r" (?:todo )?(?:eso|esto|lo anterior|lo de (?:antes|hace rato|ahorita))"
    ),
    rf"{_BORREN}(?:borr(?:en|e|a|ar)l[oa]s?|(?:elimin|olvid|ignor|cancel)(?:en|e|a|ar)l[oa])(?: todo| ya)?",
    r"no (?:lo |la )?(?:lean|usen|manden|guarden|compartan|ensenen)(?: (?:eso|esto|lo que (?:dije|mande|escribi)))?",
    r"(?:ya )?(?:me (?:arrepenti|arrepiento)|cambie de (?:opinion|idea)|(?:yo )?(?:me )?lo invente|invente todo)",
    r"(?:todo )?(?:era|es|fue)(?: todo)? (?:pura |una )?(?:mentira|broma)|(?:fue|era) (?:un|por) (?:error|accidente)",
    r"no (?:es|era|fue) (?:cierto|verdad)|(?:mejor )?dej(?:en|e|a)l[oa] asi|hagan de cuenta que no (?:les )?dije nada",
    r"(?:mejor )?olvid(?:en|e|a)(?:se|nse)? (?:de )?(?:eso|esto|todo|lo que dije)",
    r"no (?:debi|debia)(?: haber)? (?:decir|dicho|mandar|mandado|escribir|escrito)(?:les|le)?(?: (?:nada|eso|esto))?",
    r"(?:ya )?no quiero (?:reportar|denunciar|avisar|meterme)(?: (?:nada|eso|esto|en|de|ya|problemas)){0,4}",
    r"(?:lo )?(?:mande|escribi) (?:por error|sin querer)",
)
_POLICE = r"(?:the |my |any )?(?:cops?|police|policia|feds|officers?|ice|immigration|sheriff)"
_THEM = (
    r"(?:any ?(?:one|body)|no ?(?:one|body)|people|them|him|her|(?:the|my) (?:landlord|neighbors?|husband|wife"
    r"|family|boss|dealers?|guys?|owner|son|brother|boyfriend|bf))"
)
_WHO_I_AM = (
    r"(?: (?:that|it|its|was|is|were|me|i|im|said|told|you|u|sent|texted|wrote|called|anything|this|about|who|am|my"
    r"|name|know|find|out|see|where|live|from|came|comes|number|reported)){0,10}"
)
_TELL = (
    r"(?:dont|do not|never|u cant|you cant)(?: (?:you|u|ever|please))? (?:tell|let|show|say(?: it)? to"
    r"|share(?: this| it)? with|give(?: this| it| my \w+)? to)"
)
_POLICIA = r"(?:(?:a |al |con )?(?:la |los |el )?(?:policias?|migra|agentes?|oficial(?:es)?))"
_NADIE = (
    r"(?:(?:a |al |con )?(?:nadie|nadien|ellos|ella|el dueno|(?:mi|mis|los|el|la) (?:esposo|marido|novio|familia"
    r"|vecin[oa]s?|patron|jefe|hijos?|casero)))"
)
_QUE_FUI_YO = (
    r"(?: (?:que|quien|quienes|fui|fue|soy|era|yo|les|le|dije|dijo|mande|avise|conte|llame|reporte|esto|eso|nada|lo|mi"
    r"|nombre|numero|de|donde|vivo)){0,8}"
)
_NO_DIGAN = (
    r"(?:(?:que|por favor) )?no (?:le |les |lo |se lo )?(?:dig(?:a|an|as)|cuent(?:e|en|es)|avis(?:e|en)|muestren?"
    r"|den|platiquen)(?: (?:esto|eso|nada|mi nombre|mi numero))?"
)
_SEPA = (
    r"(?:(?:no (?:quiero|vayan a dejar|dejen) )?que (?:no |nadie |la policia |ellos |mi esposo |se )*(?:sepan?"
    r"|enteren?))"
)
_NOT_TO_POLICE = (
    rf"{_TELL} {_POLICE}{_WHO_I_AM}",
    rf"{_NO_DIGAN} {_POLICIA}{_QUE_FUI_YO}",
    rf"{_SEPA} {_POLICIA}{_QUE_FUI_YO}",
)
_NOT_TOLD = (
    rf"{_TELL} {_THEM}{_WHO_I_AM}",
    (
        r"(?:dont|do not|never) (?:say|mention|use|share|give|put|show|tell)(?: (?:them|him|her|out|it|that)){0,2}"
        rf" (?:(?:it was|its|it is|this is) me|my (?:name|number|address|info)|who i am|where i live|who"
        rf"|i (?:said|told|texted|sent)){_WHO_I_AM}"
    ),
    r"(?:keep|leave) (?:my name|me|my number|this|it) (?:out(?: of (?:it|this))?|secret|private|anonymous|between us)",
    (
        r"(?:no ?one|no ?body|they|he|she) (?:can|cant|cannot|must not|should not|shouldnt|better not) (?:know"
        rf"|find out|ever know){_WHO_I_AM}"
    ),
    r"i (?:want|need|would like) to (?:stay|be|remain) anonymous|you didnt hear (?:it|this) from me",
    rf"{_NO_DIGAN} {_NADIE}{_QUE_FUI_YO}",
    (
        rf"(?:que )?no (?:digan|diga|usen|pongan|mencionen|den) (?:mi (?:nombre|numero|direccion)|que (?:fui|soy) yo"
        rf"|quien){_QUE_FUI_YO}"
    ),
    rf"{_SEPA}{_QUE_FUI_YO}(?: {_NADIE})?",
    r"yo no (?:dije|he dicho|les dije) nada",
)
_BESIDE = (
    (
        r"hold (?:on|up)|one (?:sec|second|minute|moment)|un (?:momento|momentito|segundo)|shh+|be quiet|silencio"
        r"|calladit[oa]"
    ),
    (
        r"(?:im |i am |i got |i get )?(?:so |too |very |really ){0,2}(?:scared|afraid|nervous|terrified|worried)"
        r"(?: of (?:him|her|them))?|i (?:dont|do not) want (?:any )?(?:trouble|problems|drama)"
    ),
    r"(?:me (?:da|dio)|tengo|me da mucho|tengo mucho) (?:miedo|pena)|no quiero (?:tener )?(?:problemas|lios)",
    r"(?:they|theyll|he|hell|she)(?: (?:will|gonna|might|would))? (?:know|find out)(?: (?:its|it was|that its) me)?",
    r"(?:(?:se|me|le) )?van? a (?:saber|enterar|dar cuenta)(?: que (?:fui|soy) yo)?",
    r"before (?:he|she|they|some ?one) (?:sees?|finds?|reads?)(?: (?:it|this|out|me)){0,2}",
    r"antes (?:de )?que (?:lo |la |me )?(?:vean?|lean?)(?: (?:alguien|mi \w+))?",
)
_SMALL = frozenset(
    """please pls plz hey hi hello ok okay k thanks thank you ty now just yes no sorry sry srry my bad oh god omg wait
    and but so because cuz im i me u actually right rn asap real quick already sir maam guys lord really
    por favor porfa porfavor gracias hola ya ahora ahorita si perdon perdonen disculpe disculpen espere esperen espera
    pero y porque es que mejor senor senora oiga oigan bueno ay dios mio tambien rapido pronto yo""".split()
)
"""Words without a meaning of their own beside a wish."""


def _each(kind: _Part, patterns: tuple[str, ...]) -> tuple[tuple[_Part, LazyPattern], ...]:
    return tuple((kind, LazyPattern(rf"(?:{pattern})(?= |$)")) for pattern in patterns)


_PARTS = (
    *_each(_Part.WATCHED, _WATCHED),
    *_each(_Part.TAKES_BACK_NAMED, _TAKES_BACK_NAMED),
    *_each(_Part.TAKES_BACK, _TAKES_BACK),
    *_each(_Part.NOT_TO_POLICE, _NOT_TO_POLICE),
    *_each(_Part.NOT_TOLD, _NOT_TOLD),
    *_each(_Part.NO_QUESTION, _NO_QUESTION),
    *_each(_Part.NO_ANSWER, _NO_ANSWER),
    *_each(_Part.LEAVES, _LEAVES),
    *_each(_Part.NEAR, _NEAR),
    *_each(_Part.BESIDE, _BESIDE),
)
LONGEST = 200
"""Most characters of a text that is read as nothing but a wish."""


def read_wish(text: str) -> ReportWish | None:
    """Return the wish that the whole message is, or None if it says anything else."""
    parts = _parts_of(fold(text))
    hushes = _Part.NO_ANSWER in parts
    if _Part.WATCHED in parts or (_Part.NEAR in parts and (hushes or _Part.LEAVES in parts)):
        return ReportWish.SILENCE_PERHAPS_FOR_GOOD if hushes else ReportWish.SILENCE
    if _Part.LEAVES in parts:
        return ReportWish.SILENCE_PERHAPS_FOR_GOOD if hushes else ReportWish.LEAVES
    found = (_Part.NOT_TO_POLICE, ReportWish.NOT_TO_POLICE), (_Part.TAKES_BACK_NAMED, ReportWish.TAKES_BACK_NAMED)
    others = (_Part.TAKES_BACK, ReportWish.TAKES_BACK), (_Part.NOT_TOLD, ReportWish.TAKES_BACK)
    return next((wish for part, wish in (*found, *others) if part in parts), None)


def _parts_of(folded: str) -> frozenset[_Part]:
    """Return the kinds of wordings that the whole text consists of; empty if anything else is said."""
    if not folded or len(folded) > LONGEST:
        return frozenset()
    known: dict[int, frozenset[_Part] | None] = {len(folded) + 1: frozenset(), len(folded): frozenset()}
    starts = [0, *(at + 1 for at, sign in enumerate(folded) if sign == " ")]
    for at in reversed(starts):
        found = [rest | {kind} for kind, end in _begin_at(folded, at) if (rest := known.get(end + 1)) is not None]
        known[at] = max(found, key=len, default=None)
    return known[0] or frozenset()


def _begin_at(folded: str, at: int) -> list[tuple[_Part, int]]:
    matches = [(kind, pattern.match(folded, at)) for kind, pattern in _PARTS]
    word = folded[at:].partition(" ")[0]
    small = [(_Part.BESIDE, at + len(word))] if word in _SMALL else []
    return [*((kind, match.end()) for kind, match in matches if match), *small]


_NO_ANSWER_WITHIN = LazyPattern(
    r"\bno (?:me|nos) (?:contest(?:en|es?)|respond(?:an|as))\b"
    r"|(?:^|\b(?:please|pls|plz|but|so|and) )(?:dont|do not) (?:text|reply|respond|answer|write|msg|message)"
    r" (?:(?:me|us) )?(?:back|here|to this|on this)\b"
)


def asks_for_no_answer(text: str) -> bool:
    """Whether a text asks anywhere for no answer to this phone; its other words may be a report."""
    return _NO_ANSWER_WITHIN.search(fold(text)) is not None


_YES_DRESS = (
    r"(?:(?:yes|yeah|yep|y|ok|okay|sure|please|pls|sorry|actually|but|si|claro|perdon|pero|por favor|porfa"
    r"|bueno) ){0,4}"
)
_AGAIN = (
    r"(?: (?:again|back|please|pls|from|you|here|on|this|phone|now|too|otra|vez|por|favor|porfa|de|nuevo|aqui"
    r"|ustedes|ya|tambien)){0,4}"
)
_WANTS_ANSWERS = LazyPattern(
    rf"{_YES_DRESS}(?:"
    r"i (?:(?:do|would|really|still) ){0,2}(?:want|need|like|wanna)(?: to)?(?: (?:get|have|receive|see|hear|read))?"
    r"(?: (?:the|your|ur|my|an|any|all|those|these)){0,2} (?:answers?|repl(?:y|ies)|responses?|back)"
    r"|(?:please )?(?:answer|reply|respond)(?: to)? (?:me|us)"
    r"|(?:you|u) can (?:text|answer|write|reply)(?: to)?(?: me)?"
    r"|(?:start|answers?|respond|iniciar|inicien|inicio|respuestas?)"
    r"|i (?:didnt|did not) (?:mean|want) to (?:stop|opt out)"
    r"|(?:yo )?(?:si )?(?:quiero|quisiera|deseo|necesito|me gustaria)(?: (?:recibir|tener|ver|leer|oir))?"
    r"(?: (?:las|la|sus|su|mis|mi|una|esas)){0,2} (?:respuestas?|contestacion)"
    r"|(?:si )?(?:quiero|quisiera|deseo) que (?:si )?me (?:contesten|respondan|escriban)"
    r"|(?:contesten|respondan|escriban|contes|respon)(?:me|nme|danme)|(?:si )?(?:pueden|puede) (?:contestar"
    rf"|responder|escribir)(?:me|le)?){_AGAIN}"
)


def wants_answers(text: str) -> bool:
    """Whether the whole message plainly asks for our answers: as good as START."""
    return _WANTS_ANSWERS.fullmatch(fold(text)) is not None


def says_yes_or_no(text: str) -> bool:
    """Whether the whole message is a yes or a no, which does not settle what we asked."""
    return agrees(fold(text)) or keyword(text) is Keyword.SKIP
