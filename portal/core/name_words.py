"""Words by which `names` tells a person from a street, a house, a day, a car or the beginning of a sentence.

In lower case and without accents, in both languages.
"""

from __future__ import annotations

PARTICLES = frozenset("de del la las los da das do di du van von der den bin ibn".split())
"""Words inside a name."""

ORDINARY = (
    frozenset(
        """
        a about across actually after afterwards again ago all alley almost along also always am among an and another
        any anybody anyone anything apparently are around arrest arrested as ask asked asking at away be became
        because been before began behind being believe beside between big block both boy boys bring brings brought but
        buy buyers by call called calls came can cannot car cars chased check child children city come corner could
        day days dealer dealers dealt dear did do does don't door down drug drugs each earlier early else enough even
        ever every everybody everyone everything fast few finally find first five follow followed for found four from
        front gang gave get gets getting girl girls give go god goes going gone good got great group guess guy guys
        had happened happens hard has have he he'll he's hear heard hello help her here hi him his hit hold holds hour
        hours house how however i i'll i'm i've if in inform inside is it it's its just keep keeps kid kids knew know
        knows lady last lastly late lately later leave leaves left let lets like listen little live lived lives long
        look looked looking looks lot lots made make makes man many maybe me mean means meanwhile meet meets men miss
        mister mom months more morning most mostly mother moved much must my near need needs neighbor neighborhood
        neighbors never new next night no nobody not nothing notice noticed now of off officer officers often ok okay
        old on once one only onto or other others our out outside over owner owners parked parking people perhaps
        person phone pick picks please police pray put ran read really recently remind report reported right run runs
        said same saw school see seen sellers selling sells send sent shall she she's should show shows since sir sit
        sits six so sold some somebody someone something sometimes soon speak spoke stand stands stay stays still stop
        stopped street suddenly sure take takes talk talked teen teens tell tells than thank thanks that that's the
        their them then there there's these they they're thing think this those thought three through till time times
        to today told tomorrow tonight too took toward towards tried truck trucks try twice two under unless until up
        us use used usually very visit wait waited want wants was watch we we're wear wearing weeks well went were
        what when where which while who whole whose why with without woman women won't work works would yes yesterday
        yet you your youth
        acaba ademas adios al algo alguien alguna algunas alguno algunos alla alli alto anoche ante antes aparte
        apenas aqui asi aun aunque avise avisen avisenle ayer ayuda bajo buen buena buenas bueno buenos busque busquen
        cada calle carro carros casa casas casi cerca chica chicas chico chicos como compran con conoce conozco cree
        creemos creo cual cuando cuatro cuida cuidado dan debajo deje dejen dentro desde despues detengan detras di
        dia dias dice dicen dicho diez diga digale digan dijeron dijo dile dinero dios donde dos droga drogas durante
        e el ella ellas ellos en encima entonces entra entran entre era eran es esa esas escuche escucho ese eso esos
        esquina esta estaba estaban estan estas este esto estos estuvo favor finalmente frente fue fueron gente
        gracias grupo ha habia habla hable hablen hace hacen hacia han hasta hay hice hicieron hija hijo hizo hola
        hombre hombres hora hoy iba iban igual joven jovenes junto le les llama llame llamen llamo llega llegan llego
        lleva lo luego lugar madre manana manden mas media mes meses mi mientras minutos mira mire mis mismo mucha
        muchacha muchacho muchachos muchas mucho muchos mujer mujeres muy nada nadie necesita necesitamos necesito ni
        nina ninas ningun nino ninos noche nomas nos nosotros nuestra nuestro nunca o oi oiga oigan ojala onde otra
        otras otro otros oye padre para parece pasa pasan pase pasen paso pero persona personas pidan pido pienso
        policia por porque pregunte pregunten primero puede pueden puedo pues que quien quienes quiere quieren quiero
        quiza quizas recuerden revise revisen sabe saben sale salen se segun semana semanas senor senora senorita sepa
        ser sera seran si siempre sin sobre sobrina sobrino solo somos son soy su supe sus tal tambien tampoco tan
        tarde tenemos tenga tengan tengo tia tiene tienen tio tipo tipos todas todavia todo todos trabaja trae traen
        tres tu tus tuvo ultimamente un una unas uno unos usted ustedes va vamos van varias varios vaya vayan vea vean
        veces vecina vecinas vecino vecinos vende vendedor vendedores venden venga vengan veo ver vez vi viene vienen
        vimos vino visite vive viven vivo vuelve vuelven y ya yo
        monday tuesday wednesday thursday friday saturday sunday january february march july september october
        november december lunes martes miercoles jueves viernes sabado enero febrero marzo mayo junio agosto
        septiembre setiembre octubre noviembre diciembre christmas easter thanksgiving halloween navidad nochebuena
        african american americans asian asians hispanic hispanics latino latina latinos latinas mexican mexicans
        english spanish
        """.split()
    )
    - PARTICLES
)
"""Never names, even when capitalised. April, June, Julio and Domingo are left out: they are names too."""

OPENING = frozenset(
    "black blue brown gold gray green grey red silver white yellow amarillo azul blanco gris negro rojo verde".split()
)
"""Colors: before a name they describe a car or a house, after one they are a family name."""

PLAIN_ENDINGS = ("ing", "mente", "iendo", "ieron", "tion", "cion", "ness")
"""Endings of words that begin a sentence and are hardly ever names."""

# Phrases that contain one of these name no person.
THINGS = frozenset(
    """
    street st avenue ave road rd drive boulevard blvd place terrace trail parkway pkwy highway hwy alley square
    route interstate south east northeast northwest southeast southwest downtown uptown
    playground school elementary middle college university chapel temple mosque synagogue cathedral baptist methodist
    catholic lutheran pentecostal ministries ministry library hospital clinic pharmacy store shop market supermarket
    grocery deli bakery laundromat laundry salon barbershop grill pub club cafe restaurant diner pizza burger tacos
    taqueria hotel motel inn lodge apartments apartment apts complex building tower towers homes houses housing projects
    center centre plaza mall station garage bridge tunnel creek beach heights gardens estates stadium gym arena cemetery
    department office agency authority council association foundation alliance coalition committee services community
    county city district neighborhood depot mart motors inc corp llc radio news samaritan samaritans
    avenida callejon camino carretera bulevar calzada cerrada paseo prolongacion parque jardines escuela primaria
    secundaria preparatoria colegio universidad parroquia capilla templo catedral biblioteca clinica farmacia tienda
    mercado supermercado panaderia carniceria lavanderia peluqueria barberia restaurante cantina taller edificio
    edificios departamentos apartamentos conjunto torre centro estacion parada puente arroyo colonia barrio vecindad
    fraccionamiento residencial condado comunidad organizacion asociacion fundacion comite alcaldia ayuntamiento
    departamento oficina nuestra senora virgen sagrado norte este oeste san santa santo saint fort mount
    acura audi bmw buick cadillac chevrolet chevy chrysler dodge fiat gmc honda hyundai infiniti jeep kia lexus mazda
    mitsubishi nissan pontiac subaru suzuki tesla toyota volkswagen volvo yamaha
    """.split()
)
AMBIGUOUS = frozenset(
    """
    lane ln court ct way circle loop row crossing north west park high church bar lot river lake bay hill hills garden
    manor village ridge valley springs field fields bank banks ford lincoln mercury king general jardin iglesia rio lago
    playa loma lomas cerro villa villas ciudad corazon torres campos sur banco mercedes
    """.split()
)
"""Places and cars that are family names too: after a common first name they are a family name."""

BEFORE_NAMES = frozenset(
    """
    calle avenida av ave avda callejon camino carretera bulevar calzada cerrada pasaje paseo prolongacion parque plaza
    jardin escuela primaria secundaria preparatoria colegio universidad iglesia parroquia capilla templo catedral
    biblioteca clinica hospital farmacia edificio torre torres centro estacion parada puente colonia barrio vecindad
    fraccionamiento residencial unidad condado ciudad tienda mercado hotel restaurante
    """.split()
)
AFTER_NAMES = frozenset(
    """
    street st avenue ave road rd drive dr lane ln court ct boulevard blvd way place pl circle terrace trail parkway
    pkwy highway hwy alley square park playground school elementary church chapel library hospital clinic pharmacy store
    market laundromat hotel motel apartments apartment apts building towers homes projects center plaza mall station
    garage lot bridge
    """.split()
)
CORNERS = frozenset("corner intersection esquina cruce".split())
"""One word stands between these and the name: "corner of", "esquina con"."""

FIRST_NAMES = frozenset(
    """
    aaliyah aaron adam adrian alejandra alejandro alexander alexis alfonso alfredo alicia amanda amber andre andrea
    andres andrew anthony antonio antwan armando arturo ashley benjamin brandon brenda brian bryan carla carlos
    carmen cedric cesar charles chris christian christopher cristian cristina curtis daniel daniela danny darius
    darnell darryl david deandre demetrius derrick deshawn desiree devin diana diego dominique donte dwayne eddie
    edgar eduardo edwin elena elijah emanuel emily enrique eric erica erika ernesto esteban fabian felipe fernanda
    fernando francisco gabriel gabriela gerardo gilberto gonzalo gregory guadalupe guillermo gustavo hector ignacio
    isaac isabel ismael jacob jaime jamal jamar james jasmine javier jayden jeffrey jennifer jeremiah jermaine
    jerome jesse jessica jesus joaquin john johnny jonathan jorge jose joseph joshua juan juanita julian julio
    justin karen karina keisha kelvin kenneth kevin kimberly lamar larry latoya laura leonardo leticia lorena
    lorenzo luis luisa manuel marcelo marcos marcus margarita maria mariana mario marquis martin matthew mauricio
    melissa michael michelle miguel monica nancy natalia nathan nicholas nicolas octavio omar oscar pablo patricia
    patrick pedro rafael ramon raul raymond rebecca ricardo richard roberto rodrigo ronald ruben samuel sandra
    santiago sergio shaniqua shawn sofia stephanie steven susana tamika tanisha teresa terrence thomas tiffany
    timothy travis trevon tyrell tyrone valeria vanessa veronica victor vincent walter william xavier yolanda yvonne
    """.split()
)
"""Common first names that are no other word in either language."""

GIVEN = FIRST_NAMES | frozenset(
    """
    abigail alan albert alberto alex ana angel angela anita ann anna anne barbara beatriz bernardo betty billy bob
    bobby camila carl carol carolina catherine cecilia cheryl christina clara claudia cynthia deborah denise dennis
    dolores donald donna dorothy earl ed edward elias elizabeth emma esperanza esther eugene eva evelyn francisca
    frank gary george gladys gloria grace graciela greg harold helen henry hugo irene jack jane janet jason jeff
    jeremy jerry jim jimmy joan joe jon josefina joyce juana judith judy julia julie katherine keith kelly kyle
    lawrence linda lisa louis lourdes lucia luz marco margaret mark marta martha mary mercedes mike norma olga
    pamela paul paula peter philip pilar ralph ray rick robert rocio roger rolando rosa rosario ruth ryan salvador
    sara sarah scott sean sharon silvia sonia stephen steve susan terry theresa tim tina tom tony tracy trinidad
    tyler vicente victoria virginia wayne wendy willie
    """.split()
)
"""Common first names."""

SHORT_NAMES = frozenset(
    """
    beto bobby brayan chava chayo chela chelo chuy chucho chuck concha danny emiliano emilio gabe gonzo hank hector
    ivan jake jay joey juancho kike lalo lalito licha lupe lupita maggie mario mateo mati maty matt memo miguelito
    nacho nando nate noe paco pancho pedrito pepe polo quique rafa ricky robbie rudy sammy tavo teo terri tito toby
    tono toni ulises vince yadira yesenia yolis zach
    """.split()
)
"""Familiar forms of first names: only counted after a word of relation such as "neighbor"."""

FAMILY = frozenset(
    """
    acosta aguilar aguirre alvarado alvarez avila ayala barajas barrera beltran benitez bravo cabrera calderon camacho
    campos cardenas carrillo castaneda castillo castro cervantes chavez cisneros contreras cordova corona cortes
    cortez cruz delgado diaz dominguez duran escobar espinoza esquivel estrada fernandez figueroa flores franco
    fuentes galvan garcia garza gomez gonzales gonzalez guerra guerrero gutierrez guzman hernandez herrera hidalgo
    huerta ibarra jimenez juarez lara leon lopez lozano luna macias maldonado marquez martinez medina mejia melendez
    mendez mendoza meza miranda molina montes montoya morales moreno munoz murillo navarro nunez ochoa ojeda olivares
    orozco ortega ortiz pacheco padilla palacios parra pena peralta perez pineda ponce quintero ramirez ramos rangel
    reyes reynoso rios rivas rivera robles rocha rodriguez rojas romero rosales rosario rubio ruiz salas salazar
    salinas sanchez sandoval santana santos serrano silva solis soto suarez tapia torres trejo trevino trujillo valdez
    valencia valenzuela vargas vasquez vazquez vega velasco velasquez velazquez vera villa villanueva villarreal
    zamora zapata zavala zuniga adams alexander allen anderson bailey baker barnes bell bennett brooks brown bryant
    butler campbell carter clark coleman collins cook cooper cox davis diggs edwards evans fisher foster gibson graham
    griffin hall hamilton harris harrison hayes henderson henry hill howard hughes jackson jefferson jenkins johnson
    jones jordan kennedy lewis long marshall mccoy mcdonald miller mitchell moore morgan morris murphy murray myers
    nelson nguyen owens parker patel patterson perry peterson phillips powell price ramsey reed reynolds richardson
    roberts robinson rogers ross russell sanders scott simmons simpson smith stevens stewart sullivan taylor thomas
    thompson tran turner walker wallace ward washington watson webb wells west williams wilson wood woods wright young
    """.split()
)
"""Common family names."""

WHOSE = frozenset(
    """
    neighbor neighbour cousin uncle aunt auntie brother sister nephew niece son daughter grandson granddaughter
    boyfriend girlfriend husband wife friend landlord boss roommate stepson stepdad homeboy ex vecino vecina primo prima
    tio tia hermano hermana cunado cunada hijo hija sobrino sobrina nieto nieta novio novia esposo esposa marido amigo
    amiga compadre comadre padrastro yerno suegro suegra casero patron jefe ahijado padrino
    """.split()
)
TITLES = frozenset("don dona senor senora senorita mr mrs ms mister sr sra srta".split())

FAMOUS = (
    *("Martin Luther King Jr", "Martin Luther King", "César Chávez", "Rosa Parks", "Malcolm X", "John F Kennedy"),
    *("Benito Juárez", "Simón Bolívar", "Burger King", "Dollar General", "Circle K", "Food Lion"),
    *("Taco Bell", "Pizza Hut", "Home Depot", "Social Security", "Spring Break", "New York", "New Orleans"),
    *("Carolina Panthers", "Jesus Saves", "Jesus Christ", "Cristo Rey", "Virgen María", "Memorial Day", "Labor Day"),
    *("Puerto Rico", "Costa Rica", "Domingo de Ramos", "Dollar Tree", "Walmart Supercenter", "Cash App"),
    *("Facebook Marketplace", "Family Dollar"),
)
"""People after whom streets are named everywhere, and names that every city has."""
