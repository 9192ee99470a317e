"""Words of the public lists that no resident should have to read, say or be seen with, by the reason."""

ENGLISH = {
    "drugs and dealing": """
        acid addict alcohol bag brick buyer candy chronic cigar clinic coconut cook corn crack crystal deal
        drip glass grass high ice inject market mule mushroom pill pipe plug pottery powder recipe rocket sell
        smoke snow speed street supply syrup tobacco track trade traffic trap trip vapor vendor wine
    """,
    "weapons and violence": """
        abuse alarm armed armor army arrow assault attack axis battle blade blast blind bomb broken bullet
        bunker burst cannon club crash cruel crush danger destroy dust enemy fatal fire flame flash force gun
        hammer harsh hazard hero horror hunt hurt injury kick knife monster nuclear panic pistol punch razor
        rebel rifle riot scare shaft shield shock shoot shove siege slam slice soldier spike strike struggle
        swallow switch sword tank target trigger vicious victory warfare warrior weapon whip wild wreck
    """,
    "police, courts and being found out": """
        accuse address agent alert alien arrest badge betray blame border cage camera case cash catch chase
        citizen code congress cover crime decide denial deny deputy detect disagree dismiss drill escape
        evidence evil exile expose federal file find fine flee govern guard guide guilt hidden home hood
        identify illegal inform inmate innocent judge key law lawsuit leave legal liar lock monitor name
        observe office patrol penalty permit phone photo police prevent prison private proof protect radar
        report rescue resist reveal reward rule search secret section security sheriff sign siren speak spy
        sting stool submit suspect swear tell tip trial trick trust truth uncover undo unfair unknown unlock
        veteran view visa vote witness
    """,
    "death, illness and sorrow": """
        abandon afraid anger angry anxiety asthma autumn bitter bleak blood bone crazy cry damage decline
        demise despair disease disorder divorce doctor dumb empty end erase error fade faint fault fever
        fragile frown gasp ghost gloom grief hospital ill illness inflict insane insect kidney lonely mad mask
        misery mistake negative never nurse oppose orphan patient poverty regret reject remain retreat sad
        sadness scorpion shadow shiver sick skull snake sorry spider spoil suffer symptom thunder tornado
        tragic trouble ugly unhappy upset vanish virus volcano wasp weird wolf worry wrong
    """,
    "sex and body": """
        adult ankle arm baby bachelor bar body boss boy brain chest dad elbow eye eyebrow face fan fat female
        finger foot girl hair hand head heart hip husband infant kid kiss knee lady leg love maid man mom
        muscle neck nerve nose organ pink rib romance rubber shoulder sister skin skirt stomach thumb toe
        toilet tongue tooth tube wet wife wink woman wrist
    """,
    "slurs, shame and people as a kind": """
        absurd awful awkward black brass brown buddy casino chicken child civil clown cotton dirt dizzy donkey
        drink dutch dwarf elite foil garbage goddess goose gorilla gossip idle immune jealous junk latin lazy
        lizard master monkey naive nasty peasant pig primary raccoon race rookie rude shrimp silent silly slim
        slow tattoo tired trash tribe turkey useless waste weasel yellow
    """,
    "religion": """
        bless cross ethics faith gospel jewel mercy miracle moral ritual satoshi soul spirit
    """,
    "sound like another word, or are written two ways": """
        aisle aunt ball base beach bean blue board bread build canvas capital ceiling cereal choice choose
        clarify claw click color core course creek crew cruise cube current cute day deer desert dose draft
        duty earn eight ensure envelope feel fiber finish fish flag flat flavor float flower fly forward frost
        fruit gate gauge genre great group guess gym half hen hole horse hour humor hurdle inner jeans just
        knock know labor lake lava lens lesson load loan loop mail main marine maze meat medal metal mind
        minor miss mixed morning must need night noise number odor oil one order pact pair palm panel park
        pass patch pause peace pear piece place plate pole practice praise present price pride print prize
        profit rain raise rare raw real review rice right ring road rose rotate rough route sail salon sand
        sauce scale scene sea seat seed seek sense shoe side sight since size slot sort soup source spell
        stairs state stay steak steel story style suit sun sweet symbol system tail task team tent theme there
        tide time token tone top tower train tray turn twin two type use very vessel wage wagon wait want wave
        way wear weather weekend west whale wheat wheel when where wire wise wood word work world wrap wrestle
        write year you young
    """,
    "numbers, and words too small to hold on to": """
        able about above across actual again ahead all almost alone already also always among amount another
        answer any apart around aspect because become before begin behind below between beyond can cause
        certain come common during either else enough entire few first general give good have hundred into
        item keep kind large later left like little long make million more much neither next nothing now
        obvious occur off often okay once only other output outside over own people perfect possible problem
        process put rather reason same say second seven similar simple six someone still stuff such sudden
        sure ten term thank that then theory they thing this three toward twelve twenty twice typical under
        unit until upon upper used usual various version what will zero
    """,
    "hard to say or to spell": """
        acoustic aerobic amateur analyst antenna antique apology artefact beauty believe bicycle broccoli
        business cinnamon column conduct convince cousin coyote cupboard debris deposit device diesel dignity
        dilemma divert ecology elegant embody endorse enhance enrich erode erosion essay essence eternal evoke
        exact exchange excite exclude execute exercise exhaust exhibit exist exotic expire explain faculty
        fatigue favorite february fiction fiscal fringe furnace fury gadget genius gesture giraffe glimpse
        gravity guitar hawk hedgehog height hybrid imitate immense impose impulse inhale inherit initial
        inquiry isolate journey kangaroo ketchup laundry leisure leopard liquid luggage lyrics machine mandate
        mansion mechanic method mimic minimum mosquito mutual mystery myth narrow neglect neutral nominee
        oblige obscure ostrich oxygen phrase physical pigeon plunge prosper puzzle pyramid quantum quarter
        quit quiz quote require resemble resource rhythm ridge rigid ripple robust rural scheme science
        scissors script scrub segment session shallow shrug shuffle sibling sketch slender slogan slush sniff
        solution spatial spawn sphere squeeze squirrel strategy stumble subject surge surround survey sustain
        swarm swift tackle tenant thrive tissue tortoise transfer trophy tuition unaware unique unusual unveil
        utility vacuum vague valve vast vault vehicle venture venue verb viable vibrant virtual vital vivid
        vocal void wealth width
    """,
}

SPANISH = {
    "drogas y su venta": """
        adicto bebida bolsa caballo chupar cigarro cliente cocina compra copa dosis droga ebrio farmacia farol
        fumar goma hoja hongo humo jeringa juerga licor mercado mono mula negocio nevera nota pegar perico
        picar piedra pipa polvo sidra tabaco tiza toque trago tramo trance venta viaje vicio vino
    """,
    "armas y violencia": """
        abuso agonia ahogo alarma alerta arco arder ataque audaz azote batalla bestia bomba bozal bravo chacal
        choque combate dardo derrota dolor duro enemigo enfado escudo espada feroz fiera flecha fuego fuerza
        fuga furia fusil golpe grito guerra hacha herir hoguera hostil huida huir hundir ira lanza lobo lucha
        matar militar misil morder odiar odio pelea peligro perder quemar riesgo romper rugir sable soldado
        susto tajo temor terror tigre tormenta torpedo tropa trueno veneno vengar violin voraz
    """,
    "policia, tribunales y quedar al descubierto": """
        abogado acusar aduana alcalde anular archivo asalto asilo autor aviso banda buscar cadena caja calle
        captar capucha careta carta casa casero causa celda cerca cerrar chapa chivo clan clave codo crimen
        culpa dedo defensa delito deuda dinero disfraz duda dueno espia esposa evadir exacto exilio falso
        farsa fianza ficha firma forzar foto fraude guardia hogar hurto ilegal informe jefe juez jurar justo
        juvenil juzgar ladron lider lista llave mafia mensaje motivo muestra multa muro negar nido noticia
        observar oculto ofensa oreja pirata pista placa pleito policia preso prision probar proceso prueba
        pueblo puerta rapto recto refugio rehen reja renta rescate retrato ronda rumor sapo secreto socio
        soplar suceso sujeto tatuaje testigo toga trato tregua urna usuario vagar vecino ver video vista votar
        voto
    """,
    "muerte, enfermedad y pena": """
        aborto alacran amargo anemia ausente buitre cadaver cancer ceniza ciego craneo cripta crisis culebra
        dormir duelo enfermo fallo fatiga fiebre fin fobia fosa fracaso gemir grave grieta gripe gusano hueco
        incapaz larva letal llaga llanto llorar loco locura lombriz luto maldad malo matriz miedo miope
        miseria momia morir mortal mosca muerte nausea nervio noche nudo ogro olvido oscuro pena peor pesimo
        pozo privar pupa queja rabia recaer rechazo rencor reptil ruina ruptura sangre silencio soledad sombra
        sordo sufrir terapia terco tos toser toxico trauma triste tumba tumor ulcera urgente vacio vaina
        vampiro vejez victima viejo viudo
    """,
    "sexo y cuerpo": """
        abdomen adulto almeja amante baba barba bebe besar beso bicho boca bola brazo bruja cabeza caer cama
        cara caspa chuleta coger cojin cojo cola conejo cuello cuna cutis desnudo diente encia este gafas
        gamba gozar hembra hocico hombre hueso huevo labio lamer leche lengua macho madre mama mamut mano
        marido mejilla meter miembro mojar muela mujer muslo nariz nasal novio nuca nudillo obeso ojo ombligo
        orgia oso padre papa parir pata pecho pedal pelar pellejo pelo peluca pepino pera pie pierna precoz
        pudor pupila rabo rodilla rostro rubor sexo sexto sosten sudor talon tetera tobillo tocar torso tripa
        tubo untar uva vara vena verja virgo yegua yema zorro
    """,
    "insultos y maneras de señalar a alguien": """
        anciano asno avaro basura blanco bobo bruto bufon burla burro cabra calvo celoso cerdo chico cochino
        dama delgado diva enano etnia feo flaco foca gallo ganso goloso gordo gorila gorra grosor hada joroba
        joven lacra lento manco masa moho moreno morro mozo mugre necio negro nino oveja patria pavo payaso
        pecera perro piojo pobre pollo prole pulga raza rey rico simio tonto toro tosco tribu vaca vil vulgar
        zurdo
    """,
    "religion": """
        alma altar ateo ayuno cielo cruz culto diablo iglesia infiel milagro misa monja obispo pecado rezar
        rito sagrado santo satan secta sermon templo virtud
    """,
    "suenan como otra palabra, o se escriben de dos maneras": """
        abrazo acento asa asado azar bache barniz bazar bello bien bingo bote botin brecha casco cazo ceder
        cien cierto cima cita conga consejo coser echar eco elixir envio esfera examen exceso excusa exento
        exigir exito extremo haber hacer hallar harina haz hecho hierro hijo himno honor hora horno hoyo
        huelga huerta inerte jarra jinete kilo lazo llegar lluvia mocion obvio ola olla onda orca poner quince
        rayo res resina reves revista risa rizo rosa seis seta severo silla suave taza tender tez vago valle
        varon vaso voz yacer yerno yeso zona zumo
    """,
    "dificiles de decir o demasiado pequenas": """
        bonsai catorce champu cuatro dar deber decir doce dos entrar estar fax gen guion guiso iglu koala mes
        mil neon neutro nueve nuez nulo oca ocho ocre oeste onza ovulo pomelo pomo sauna sed ser sesenta
        setenta siete tacto tener tenis treinta tres una uno veinte yate yodo yoga yogur
    """,
}
