"""The words that every text of a language is full of, and that say nothing of what it is about.

Articles, pronouns, prepositions, auxiliary verbs, and what questions begin with; by ISO 639-1 code.
"""

from typing import Final

COMMON: Final = {
    "da": (
        "af at da de den der det du efter ej eller en er et for fra han har hun hvad hvis hvor hvordan hvornår i ikke "
        "ind jeg kan med mig min mit må ned noget nogen nu når og også om op os på sig skal som så til ud var vi vil "
        "være blive bliver man kunne skulle næste ingen intet alt"
    ),
    "de": (
        "aber alle als also am an auch auf aus bei bin bis bist da dann das dass dein dem den der des dich die dies "
        "diese dieser dir doch du durch ein eine einem einen einer eines er es euch euer für gibt habe haben hat hier "
        "ich ihr ihre ihren im in ist ja kann kein keine können man mein meine meinen mich mir mit muss müssen nach "
        "nicht noch nur ob oder ohne schon sehr sein sich sie sind so soll über um und uns unser unsere vom von vor "
        "wann war warum was welche welcher wenn wer werden wie wieder wir wird wo wurde zu zum zur bitte möchte darf "
        "kostet gibts etwas nächste nächsten nächster nächstes jemand nichts irgendwas gern gerne eigentlich denn mal"
    ),
    "en": (
        "a about after all also am an and any are as at be because been before but by can could did do does doing "
        "don't for from get had has have having he her here him his how i if in into is it its it's me more my no not "
        "now of on or our out please she should so some such than that the their them then there these they this those "
        "to too up us was we were what what's when where which while who whom why will with without would you your "
        "yours i'm much many long tell know need want may must shall there's let got something anything nothing "
        "everything someone anyone next last really just only still exactly thanks thank"
    ),
    "es": (
        "a al algo algunos ante antes aquí como cómo con cual cuál cuales cuáles cuando cuándo cuanto cuánto cuánta "
        "cuántos de del desde donde dónde el él ella ellos en entre era es esa ese eso esta está están este esto estoy "
        "fue ha hace hacer hacia hasta hay la las le les lo los más me mi mis mucho muy nada ni no nos o os otra otro "
        "para pero por porque puede pueden puedo que qué quien quién se ser si sí sin sobre son su sus también te "
        "tiene tienen tengo tu tus un una uno unos unas y ya yo cuesta debo quiero próximo próxima siguiente alguien"
    ),
    "fi": (
        "ei en että he hän ja jos joka jotka kanssa koska kuin kun kuinka me mikä mitä milloin minä minun missä mutta "
        "myös ne nyt nämä ole olen on onko ovat se sekä sen siellä sinä sitä tai te tämä tässä voi voiko voin voinko "
        "ovatko oli olla mihin paljonko jotain jotakin mitään seuraava joku"
    ),
    "fr": (
        "à ai au aussi aux avec avez avoir c ce ces cette ceux chez combien comme comment d dans de des du elle en est "
        "et être eu faire fait fait-il faut il ils j je l la le les leur leurs lui m ma mais me mes moi mon n ne nos "
        "notre nous on ont ou où par pas peut peux peut-on plus pour pourquoi puis puis-je qu quand que quel quelle "
        "quelles quels qui quoi s sa sans se ses si son sont sur t ta te tes toi ton tu un une va vos votre vous y "
        "a-t-il dois quelque chose rien prochain prochaine quelqu'un quelques merci"
    ),
    "it": (
        "a ad ai al alla alle allo anche c che chi ci come con cosa cui d da dal dalla de degli dei del della delle "
        "devo di dove e è ed era esta fa fare gli ha hai hanno ho i il in io l la le lei lo loro ma mi mia mio ne nei "
        "nel nella no noi non nostro o per perché più può possa posso possono qual quale quali quando quanto quanta "
        "quanti questa questo qui se si sia sono su sua sul sulla suo tra tu un una uno vi voi qualcosa niente "
        "prossimo prossima qualcuno grazie"
    ),
    "nl": (
        "aan al alle als bij daar dan dat de der deze die dit doen door dus een en er gaan geen geweest haar had heb "
        "hebben heeft hem het hij hoe hoeveel hoelang hun ik in is ja je jullie kan kunnen kun maar me meer men met "
        "mij mijn moet moeten mag na naar niet nog nu of om omdat ons onze ook op over te tot u uit uw van veel voor "
        "waar waarom wanneer wat we wel welke werd wie wij wil worden wordt zal ze zich zij zijn zo zou iets niets "
        "volgende iemand graag"
    ),
    "no": (
        "av at da de den der det du eller en er et for fra han har hun hva hvis hvor hvordan når i ikke jeg kan med "
        "meg min mitt må noe noen nå og også om opp oss på seg skal som så til ut var vi vil være bli blir man kunne "
        "skulle mye neste ingenting"
    ),
    "pl": (
        "a aby albo ale bez bo być by był była było co coś czy czyli dla do gdy gdzie go i ich ile im in ja jak jaka "
        "jaki jakie jako je jego jej jest jestem jeśli już kiedy kto która które który ma mam mi mnie może mogę można "
        "mój moje my na nad nam nas nie nich nim niż o od on ona one oni oraz po pod podczas przed przez przy są się "
        "tak także tam te tego tej ten to tu ty tylko tym u w was we wiele więc wszystko z za ze że nic następny "
        "następna następne ktoś"
    ),
    "pt": (
        "a ao aos aquela aquele as até com como da das de dela dele deles depois do dos e é ela ele eles em entre era "
        "essa esse esta está estão este eu faz fazer foi há isso isto já lhe mais mas me mesmo meu meus minha minhas "
        "muito na não nas nem no nos nossa nosso num numa o onde os ou para pela pelo pode podem por porque posso qual "
        "quais quando quanto quanta quantos que quem se sem ser seu seus só são sua suas também te tem têm tenho um "
        "uma você vocês preciso algo algum alguma próximo próxima alguém"
    ),
    "ru": (
        "а без более бы был была были было быть в вам вас ваш весь во вот все всё вы где да для до его ее её если есть "
        "еще ещё же за здесь и из или им их к как какая какие какой ко когда кто куда ли лишь меня мне много могу "
        "можно мой моя мы на над надо нам нас наш не него нее нет ни них но ну о об он она они оно от по под почему "
        "при про с свой себя сколько со так также там те тебя то тоже только ты у уже хочу чего чем что чтобы эта эти "
        "это этого этот я что-то что-нибудь ничего следующий следующая следующее кто-нибудь"
    ),
    "sv": (
        "alla att av bli blir da de dem den denna deras dess det detta dig din du där då efter ej eller en er ett "
        "finns från för får ha han har hon hos hur här i icke in inte jag kan kunna man med men mig min mitt mot "
        "mycket ni nu någon något några när och också om oss på samma sedan sig sin ska skall så till under upp ut vad "
        "var vara varför vart vem vi vid vilka vilken vill än är åt nästa inget"
    ),
    "tr": (
        "acaba ama ancak bana bazı ben beni benim bir biz bu bunu bunun çok da daha de değil diye dolayı en gibi göre "
        "ha hangi hem hep her için ile ise kadar kaç ki kim mı mi mu mü nasıl ne neden nerede niçin niye o olan olarak "
        "oldu olur olabilir onlar onu onun sen siz şey şu var ve veya ya yok yani miyim mıyım musunuz sonraki biri"
    ),
}
