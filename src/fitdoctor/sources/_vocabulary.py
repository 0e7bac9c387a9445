"""What people say of data, settings and behaviour, in its positive form: one row a predicate and language.

Whether it is denied, wished or somebody else's is told by `_scope`. A word that denies by itself
("unshuffled", "raw pixels") stands in `OPPOSITES`; a group named `of` is the one of its kind that is
meant, `n` a figure.
"""

from __future__ import annotations

from fitdoctor.sources._row import Pattern

_SET = r"(?:set|data|images?|pictures?|photos?|samples|folder|files)"
_LABELS = r"(?:labels?|targets?|annotations?|ground truth)"

_WORDS: dict[str, tuple[str, ...]] = {
    "one_class_predicted": (
        r"\b(?:predict\w*|classif\w+|output\w*|answers?|says?|calls?|returns?|guess\w*|picks?|chooses?|votes?)\b[^.;,]{0,30}\b(?:only|just|always|everything|all|every\w*|each|any)\b[^.;,]{0,30}\b(?:class(?:es)?|label|category|as|to be)\b",
        r"\b(?:always|only|just|constantly|keeps?|ends? up|constant)\b[^.;,]{0,12}\b(?:predict\w*|classif\w+|output\w*|answers?|says?|returns?|guess\w*|picks?|choos\w+)\b[^.;,]{0,30}\b(?:the same (?:class|label|category)|one (?:class|label|category)|a single (?:class|label)|class|label|majority|(?=\W?(?:cat|dog|0|1|zero|normal|healthy|negative|positive|benign)))",
        r"\b(?:every|each|all|any)\b[^.;,]{0,30}\b(?:image|picture|photo|sample|input|prediction|thing|one|file)s?\b[^.;,]{0,25}\b(?:predicted|classified|recogni[sz]ed|labell?ed|called|assigned|put|lands?|ends? up)\b[^.;,]{0,15}\b(?:the same (?:class|label|category)|one (?:class|category)|a single class|as (?:class )?\W?\w+)\b",
        r"\b(?:outputs?|predicts?|says?|answers?|returns?)\b \W?\w+\W{0,2} (?:for|on|to) (?:literally |nearly |almost |basically |practically )?(?:every|each|all|any)\w*\b|\bone and the same class\b",
        r"\b(?:same|one|single) (?:class|label|category) (?:for|on|regardless|no matter|whatever|every|each|all)\b|\bpredict\w* (?:the )?same class\b|\ball predictions (?:are|fall|land|go)\b[^.;,]{0,20}\bclass\b|\bcollaps\w+ (?:in)?to (?:one|a single) class\b",
        r"(?:предсказыва\w+|выда[её]\w*|отвечает|относит|классифициру\w+|определяет)[^.;]{0,30}(?:один (?:и тот же |единственный )?класс|одн\w+ (?:и т\w+ же )?(?:класс\w*|метк\w+|категори\w+)|одного класса|один и тот же|к одному)|(?:всегда|только|всё время|все)[^.;,]{0,15}(?:один (?:и тот же )?класс|один и тот же класс)|(?:на|для) (?:все|всех|любую|любой|кажд\w+) \w+[^.;,]{0,20}(?:один|класс)",
        r"(?:预测|输出|分类?|判|识别|归)[^。；，]{0,8}(?:同一个?类|一个类|一类|单一类别|相同的?类别|同一类|某一类)|(?:所有|全部|每张|任何)[^。；，]{0,10}(?:预测|判|分|识别|归)[^。；，]{0,4}(?:成|为|到|是|同)",
        r"\b(?:sagt|vorhers\w+|klassifiziert|prognostiziert|gibt|liefert|ordnet|tippt|wird)\b[^.;,]{0,40}\b(?:dieselbe|eine einzige|nur eine|nur die|immer die gleiche|die gleiche|derselben|nur noch) \w*klasse\w*|\b(?:immer|nur|stets|jedes|alle)\b[^.;,]{0,30}\bklasse\b",
        r"\b(?:predice|clasifica|devuelve|da)\b[^.;,]{0,30}\b(?:la misma clase|una sola clase|siempre|una [uú]nica clase)\b|\b(?:prev[eê]|classifica|prediz|retorna|d[aá])\b[^.;,]{0,30}\b(?:a mesma classe|uma (?:s[oó]|[uú]nica) classe|sempre)\b|\b(?:pr[eé]dit|classe|renvoie|donne|sort)\b[^.;,]{0,30}\b(?:la m[eê]me classe|une seule classe|toujours)\b",
        r"(?:同じ|一つの|1つの|ひとつの)クラス[^。、]{0,12}(?:予測|分類|出力|判定)|(?:모든|항상|전부)[^.]{0,14}(?:같은|한|하나의)\s?클래스|(?:같은|한|하나의) ?클래스(?:로|만|를)[^.]{0,8}(?:예측|분류)",
    ),
    "same_output_for_all": (
        r"\b(?:same|identical|exact(?:ly)?(?: the)? same|constant)\b(?! (?:model|net\w*|code|script))[^.;,]{0,20}\b(?:outputs?|probabilit\w+|scores?|logits|vectors?|predictions?|softmax)\b[^.;]{0,30}\b(?:every|each|all|any|whatever|no matter|regardless|for)\b(?! (?:epochs?|time|run))|\b(?:outputs?|predictions?|probabilit\w+|scores?|logits)\b[^.;,]{0,25}\b(?:identical|(?:exactly |all )?the same|constant)\b[^.;]{0,30}\b(?:every|each|all|any|whatever|no matter|regardless)\b|\b(?:every|each|all|any|whatever) (?!epoch|time|run)[^.;]{0,30}\b(?:identical|(?:the )?(?:very |exact(?:ly)? )?same)\b[^.;,]{0,15}\b(?:outputs?|values?|probabilit\w+|numbers?|scores?|logits|vectors?)\b",
        r"(?:одинаков\w+|одни и те же|одно и то же)[^.;]{0,15}(?:числ\w+|выход\w*|значени\w+|вероятност\w+|ответ\w*|вектор\w*|результат\w*)|(?:выход\w*|числ\w+|вероятност\w+|значени\w+)[^.;]{0,20}(?:одинаков\w+|одни и те же|не зависит)",
        r"(?:输出|概率|数值|分数|预测值)[^。；]{0,12}(?:完全|都|全|总是|一直)?(?:一样|相同|一模一样)|(?:一样|相同|同样|一模一样)的(?:输出|概率|数值|值|结果|数字|分数)",
        r"\b(?:gleichen?|identische?n?|dieselben?|exakt dieselben) (?:\w+ )?(?:ausgabe\w*|werte?|wahrscheinlichkeit\w*|zahlen|outputs?)|\b(?:mism[ao]s?|id[eé]ntic[ao]s?) (?:\w+ )?(?:salidas?|valor\w*|probabilidad\w*|n[uú]meros?|vector)|\b(?:mesm[ao]s?|id[eê]ntic[ao]s?) (?:\w+ )?(?:sa[ií]das?|valor\w*|probabilidade\w*|n[uú]meros?)|\b(?:m[eê]mes?|identiques?) (?:\w+ )?(?:sorties?|valeurs?|probabilit[eé]s?|nombres?|chiffres?)",
        r"(?:同じ|同一の)(?:値|出力|確率|数値|結果)|(?:같은|똑같은|동일한) ?(?:값|출력|확률|숫자|결과)",
    ),
    "overfits": (
        r"\bover-?fit\w*|\bmemori[sz]\w+ (?:the )?(?:train\w*|data|images|set|everything)|\blearn(?:s|ed|t|ing)? (?:\w+ ){0,4}by heart|\bmemori[sz](?:es?|ed|ing)\b|\bover-?train(?:ed|ing|s)\b",
        r"переобуч\w+|оверфит\w*|переобучает\w*|заучива\w+|过拟合|過学習|오버피팅|과적합|\büberanpass\w*|\boverfitte\w*|\bsobre-?ajust\w*|\bsobreentren\w*|\bsobreaprend\w*|\bsuperajust\w*|\bsur-?app?rent\w*|\bsur-?ajust\w*|\bsurapprend\w*",
    ),
    "learns": (
        r"\b(?:learn(?:s|ed|t)?(?! rate| [a-z]+ rate|ing)(?! (?:\w+ ){0,4}by heart)|converg(?:e|es|ed|ing)|train(?:s|ed) (?:fine|well|normally|nicely|smoothly|perfectly|properly|great|without (?:any )?problems?)|(?:it|everything|network|model|net|training|code|script|same|that|this|which|mine|setup|version) (?:\w+ )?(?:works?|worked)(?! with| on| as| for)|training (?:goes|works|is going) (?:fine|well|smoothly|ok|great|perfectly)|makes? progress|starts? learning|is learning)\b",
        r"(?<!\w)(?:обучается|обучаются|обучалась|обучилась|учится|учились|училось|училась|сходится|сошлась|сошёлся|сходились|обучение ид[её]т (?:нормально|хорошо)|всё работает|все работает|работает (?:нормально|отлично|хорошо))(?!\w)",
        r"收敛|学得|学习得|能学|训练(?:很|非常)?(?:正常|顺利|良好)|学到(?!的)|学会|学不|能正常训练|可以训练|在学习",
        r"\b(?:lernt|lernen|lernte|konvergiert\w*|trainiert (?:gut|problemlos|normal)|funktioniert|klappt)\b|\b(?:aprend[eió]+|converge|convergi[oó]|entrena bien|funciona)\b|\b(?:aprende\w*|converge\w*|treina bem)\b|\b(?:apprend|converge|apprenait|fonctionne|marche|entra[iî]ne bien)\b",
        r"学習でき\w*|学習が(?:進|うまく)\w*|収束\w*|うまくいき?\w*|学習し(?:て|ま)\w*|수렴\w*|학습(?:이|을)? ?(?:되|됩|잘|안|돼|한|진행)\w*",
    ),
    "results_differ_each_time": (
        r"\b(?:results?|accurac\w+|outcomes?|runs?|scores?|training|it)\b[^.;]{0,30}\b(?:differ\w*|var(?:y|ies)|another|not reproducible|different|changes?|something else)\b[^.;]{0,25}\b(?:each|every|from|between|across|run|runs|time|times|seed|seeds)\b(?! epoch)|\b(?:each|every) (?:time|run|seed|restart)\b[^.;]{0,40}\b(?:different|another|other|something else|differ\w*)\b|\bnot reproducib\w*|\bsometimes\b[^.;]{2,80}\bsometimes\b|\b(?:differ\w*|var(?:y|ies)) (?:wildly |a lot |greatly )?(?:from run to run|between runs|across (?:runs|seeds))|\b\d+ (?:out )?of (?:my |the )?\d+ runs\b|\bsame (?:code|script|settings|data)\b[^.;]{0,40}\b(?:different|differ)\b[^.;]{0,20}\b(?:results?|each|every|time)",
        r"(?:каждый раз|при каждом запуске|от запуска к запуску|разные запуски|каждый запуск|при перезапуске)[^.;]{0,40}(?:разн\w+|друг\w+|по-разному|меня\w+|отлича\w+|\w*)|(?:результат\w*|точност\w+)[^.;]{0,30}(?:от запуска к запуску|каждый раз|разн\w+ при)|то [^.;,]{1,40}, ?то |иногда[^.;]{2,60}иногда",
        r"每次(?:运行|训练|跑|重新)?[^。；]{0,14}(?:不同|不一样|差别|差异|各不相同|都变)|结果[^。；]{0,6}(?:不稳定|不可复现|无法复现|差异很大)|有时[^。；]{2,30}有时",
        r"\bjede[rsm]? (?:lauf|mal|durchlauf|training)\b[^.;]{0,40}\b(?:ander\w+|unterschied\w+)|\bmal\b[^.;]{2,40}\bmal\b|\bcada (?:vez|ejecuci[oó]n|corrida|execu[cç][aã]o|rodada)\b[^.;]{0,40}\b(?:distint\w+|diferent\w+|otro|outro|cambia\w*)|\b(?:chaque|[aà] chaque) (?:fois|ex[eé]cution|lancement|run)\b[^.;]{0,40}\b(?:diff[eé]rent\w*|autre|change\w*)|\ba veces\b[^.;]{2,50}\b(?:a veces|otras)|\b[aà]s vezes\b[^.;]{2,50}\b(?:[aà]s vezes|outras)|\bparfois\b[^.;]{2,50}\bparfois\b",
        r"(?:実行|学習|毎回)[^。]{0,8}(?:毎回|するたびに|ごとに|たび)[^。]{0,12}(?:違\w*|異な\w*|変わ\w*)|毎回[^。]{0,10}(?:違|異な)\w*|(?:돌릴|실행할|학습할) 때마다[^.]{0,16}(?:다르|달라|바뀌)\w*|매번[^.]{0,12}(?:다르|달라)\w*",
    ),
    "evaluate_differs": (
        r"\b(?:evaluate|predict|model\.evaluate|model\.predict|inference|eval(?:uation)?(?: mode)?|eval\(\))\b[^.;]{0,70}\b(?:differ\w*|different|another|other (?:numbers?|values?|results?|accurac\w+)|not the same|much (?:lower|worse|higher)|only|disagree\w*|does(?: not|n'?t) (?:match|agree)|mismatch)\b[^.;]{0,60}(?:\b(?:fit|train\w*|log|history|during|progress bar|reported|than)\b|$)|\bfit\b[^.;]{0,60}\b(?:but|while|whereas|and)\b[^.;]{0,20}\b(?:evaluate|predict\w*|model\.evaluate)\b|\b(?:same|identical) (?:data|images|set|batch|training \w+)\b[^.;]{0,40}\b(?:evaluate|predict)\b[^.;]{0,40}",
        r"\b(?:evaluate|predict)\b[^;]{0,50}\d[^;]{0,50}\bfit\b[^;]{0,20}\d|\bfit\b[^;]{0,50}\d[^;]{0,50}\b(?:evaluate|predict)\b[^;]{0,40}\d",
        r"(?:evaluate|predict)\w*[^.;]{0,50}(?:друг\w+|отлича\w+|не совпада\w+|хуже|намного|ниже|только)[^.;]{0,30}|(?:evaluate|predict)[^。；]{0,24}(?:不一样|不同|不一致|差很多|低很多|对不上|只有|低得多)",
        r"\b(?:evaluate|predict)\b[^.;]{0,60}\b(?:ander\w*|abweich\w*|distint\w+|diferent\w+|otr[oa]s?|outr[oa]s?|diff[eé]rent\w*|autres?|pas (?:le|la) m[eê]me|mucho (?:menor|peor)|muito (?:menor|pior)|beaucoup)\b|(?:evaluate|predict)[^。]{0,24}(?:違\w*|異な\w*|一致し\w*|다르\w*|달라\w*|다른)",
    ),
    "sorted_by_class": (
        r"\b(?:sorted|ordered|grouped|arranged|in order|in blocks|stored|order)\b[^.;,]{0,12}\b(?:by|per|of|according to) (?:the |its |their )?(?:class(?:es)?|labels?|category|categories)\b|\bclass (?:after|by) class\b|\bone class after (?:the|an)other\b|\b(?:class|label|category)-?(?:sorted|ordered|wise order)\b|\bfirst (?:come )?all (?:the )?\w+[^.;]{0,20}\bthen (?:come )?(?:all )?(?:the )?\w+|\ball \w+ (?:come )?(?:first|before)\b[^.;]{0,20}\b(?:then|all)\b|\bclasses (?:are|come) (?:in order|one after)",
        r"(?:отсортирован\w*|упорядочен\w*|сгруппирован\w*|лежат|идут|расположен\w*|сортир\w+)[^.;]{0,20}(?:по класс\w+|по метк\w+|по категори\w+|класс за классом|подряд)|сначала все [^.;,]{1,25},? (?:потом|затем)|按(?:照)?(?:类别?|标签|类)(?:的)?(?:顺序)?(?:排|存|放|分|顺序)\w*|(?:先|前面?)(?:是|全是|所有)[^。；]{1,14}(?:然后|再|后面?)(?:是|全是)?",
        r"\bnach (?:klassen?|labels?|kategorien?)\b[^.;,]{0,10}\b(?:sortiert|geordnet|gruppiert)|\bklasse (?:für|nach) klasse\b|\b(?:ordenad|agrupad)[ao]s? por (?:clases?|etiquetas?|categor[ií]as?|classes?|r[oó]tulos?)|\b(?:tri[eé]|class[eé]|rang[eé]|ordonn[eé]|group[eé])e?s? par (?:classe|[eé]tiquette|label|cat[eé]gorie)s?|クラス(?:順|ごと)[^。]{0,8}(?:並|ソート|まとま)\w*|클래스(?:별|순)\w*[^.]{0,8}(?:정렬|나열|순서)\w*",
    ),
    "shuffled": (
        r"\b(?:re-?)?shuffl(?:e|ed|es|ing)\b(?!\s?=\s?False)|\brandom(?:ly)? (?:order|permut\w+)|\bmixed up (?:the )?(?:order|data|images)\b",
        r"перемеш\w+|перетас\w+|тасу\w+|打乱|洗牌|シャッフル|셔플|섞\w*|\b(?:durch)?(?:ge)?misch(?:t|e|en)\b|\bbaraj\w+|\bmezcl(?:o|a|ad[oa]s?|ar|ando)\b|\bembaralh\w+|\bm[eé]lang(?:e|[eé]e?s?|er|eons)\b|\bshuffel?[nt]\b|\bgeshuffelt\b|\bmélang[eé]\w*|\bmischt\b",
    ),
    "images_in_both": (
        r"\b(?:same (?:\w+ )?(?:images?|pictures?|photos?|samples|files|patients?|data|examples|ones)|identical (?:images?|pictures?|photos?|samples)|duplicate[ds]?|overlap\w*|copies|leak\w*|near-?duplicates)\b(?! (?:script|code))[^.;]{0,45}\b(?:in both|both (?:in|sets|splits|parts|train\w*|folders)|in (?:the )?train\w*[^.;]{0,15} and|between (?:the )?(?:train|val|test|two|split|set|part)\w*|across (?:the )?split\w*|also in|from (?:the )?train\w*)|\b(?:val\w*|test)\b[^.;]{0,30}\b(?:are|is|were|occur|appear|contained|included|present|exist|also)\b[^.;]{0,25}\b(?:in|part of|among|inside) (?:the |my )?train\w*|\btrain\w*[^.;]{0,20}\b(?:appear|are|occur|ended up|leak\w*|turn up)\b[^.;]{0,20}\b(?:in|into) (?:the |my )?(?:val\w*|test)|\boverlap\w* (?:between|of)\b|\bdata leak\w*|\boverlap\w*\b|\b(?:dupes?|duplicates?|same \w+)\b[^.;]{0,40}\btrain\w*\b[^.;]{0,20}\b(?:and|as well as)\b[^.;]{0,12}\b(?:val\w*|test)",
        r"(?:одни и те же|те же|одинаков\w+|дубликат\w*|повтор\w+|пересек\w+|пересечени\w+|утечк\w*)[^.;]{0,45}(?:и в (?:обуч|train|трен|вал|тест)|в обоих|обеих|между|и там,? и там|в (?:вал|тест|обуч|train|val))\w*|(?:相同|同样|一样|重复|重叠|泄漏|泄露)[^。；]{0,16}(?:训练集?[^。；]{0,6}(?:验证|测试)|(?:验证|测试)集?[^。；]{0,6}训练|两个(?:集合|数据集)|同时)|(?:训练集?)(?:和|与|跟)(?:验证|测试)集?[^。；]{0,12}(?:重叠|重复|相同的?图|交集|一样的图|泄露|泄漏)|同时(?:出现)?在训练",
        r"\b(?:dieselben|gleichen?|identische?n?|doppelte?n?|duplikate\w*|überlapp\w*|überschneid\w*)\b[^.;]{0,45}\b(?:in beiden|sowohl|im train\w*|in training|zwischen|auch)|\b(?:mism[ao]s|duplicad[ao]s|repetid[ao]s|solap\w+)\b[^.;]{0,45}\b(?:en (?:ambos|los dos|entrenamiento|train)|entre)|\b(?:mesm[ao]s|duplicad[ao]s|repetid[ao]s|sobrep\w+)\b[^.;]{0,45}\b(?:em ambos|nos dois|no treino|entre)|\b(?:m[eê]mes|doublons?|dupliqu[eé]e?s|chevauche\w*)\b[^.;]{0,45}\b(?:dans les deux|[aà] la fois|entre|dans l'entra[iî]nement|et dans)|(?:同じ|重複した?)(?:画像|データ|写真)[^。]{0,20}(?:両方|訓練|学習|検証|テスト)|(?:같은|동일한|중복된?) ?(?:이미지|사진|데이터)\w*[^.]{0,20}(?:양쪽|모두|훈련|검증|테스트)",
    ),
    "same_data_for_both": (
        r"\b(?:same|identical) (?:\w+ )?(?:data|set|images|arrays?|folder|directory|files|generator|samples|split)\b[^.;]{0,30}\b(?:for (?:both|training and|validation|train)|as (?:the )?validation|(?:to|for) validat\w+|as (?:for )?train\w*)|\b(?:train\w*|x_train)\b[^.;,]{0,25}\b(?:as|is also|also for|equals?|doubles as)\b (?:the |my )?(?:val\w*|validation_data)|\bvalidat\w+ (?:\w+ )?on (?:the |my )?(?:same )?train\w*|\bvalidation (?:set|data) (?:is|=|are) (?:just |simply |actually )?(?:the |my )?(?:same as (?:the )?|identical to (?:the )?)?train\w*|\bvalidation_data\s?=\s?\(x_train",
        r"(?:те же|одни и те же|обучающ\w+|тренировочн\w+|тех же)[^.;]{0,25}(?:для валидации|в качестве валидаци\w+|как валидаци\w+|и для обучения и для|на валидаци\w+|для проверки)|валидиру\w+[^.;]{0,10}на (?:обуч|трен|тех же)\w*|(?:训练(?:集|数据))[^。；]{0,8}(?:作为|当作?|用作|做|也是)验证|(?:验证集?)(?:就是|和|用的(?:也|就)?是|与)训练(?:集|数据)?(?:一样|相同|同一)|同一(?:份|批|个)(?:数据|图片|数据集)[^。；]{0,8}(?:训练和?|验证)",
        r"\b(?:dieselben|gleichen) (?:\w+ )?(?:daten|bilder)\b[^.;]{0,30}\b(?:validier\w*|zum validieren|für beides)|\btrainingsdaten (?:auch |gleich )?(?:als|zur|zum|für die) valid\w+|\b(?:mismos|mesmos|m[eê]mes) (?:datos|dados|donn[eé]es|images|im[aá]genes|imagens)\b[^.;]{0,30}\b(?:valida\w+|para ambos|pour (?:la )?valid\w+|pour les deux)|\bvalid\w* (?:con|com|avec|sur|en|no|nos) (?:los |as |os |les |el |l')?(?:mism[oa]s |mesm[oa]s |m[eê]mes )?(?:datos de |dados de |donn[eé]es d')?(?:entrena\w+|trein\w+|entra[iî]n\w+)|(?:同じデータ|学習データ|訓練データ)(?:を|で)[^。]{0,10}検証|(?:훈련|학습) ?데이터\w*[^.]{0,10}검증",
    ),
    "imbalanced": (
        r"\b(?:im|un)-?balanc\w+|\b(?:very |highly |heavily )?skewed\b|\blong-?tail\w*|\bfar more (?:images|samples|examples|pictures) (?:of|in|from)\b|\bdiffer\w* (?:a lot |greatly )?in size\b|\b(?:\w+ )?times (?:as many|more) (?:images|samples|examples|pictures|of)\b",
        r"несбалансир\w+|дисбаланс\w*|перекос\w*|неравномерн\w+|不平衡|不均衡|样本不均|类别悬殊|\bunausgewogen\w*|\bunbalanciert\w*|\bungleich (?:verteilt|groß)\w*|\bdes-?balance\w*|\bdesequilibr\w*|\bd[eé]s[eé]quilibr\w*|\bdesbalance\w*|不均衡|偏っ\w*|불균형\w*",
    ),
    "labels_doubtful": (
        rf"\b(?:wrong|incorrect|noisy|mis-?labell?ed|bad|faulty|erroneous|doubtful|false|mixed[- ]up|unreliable|messy|swapped)\b[^.;,]{{0,12}}\b{_LABELS}\b|\b{_LABELS}\b[^.;,]{{0,35}}\b(?:wrong|incorrect|noisy|unreliable|mis-?labell?ed|doubtful|erroneous|mistakes|errors|messy|dirty|mixed up|swapped)\b|\bmis-?labell?\w*|\blabel(?:l?ing)? (?:noise|errors?|mistakes?)\b|\blabell?ed (?:wrongly|incorrectly|badly)|\bwrongly labell?ed",
        r"(?:неправильн\w+|ошибочн\w+|неверн\w+|шумн\w+|кривы\w+|грязн\w+|перепутан\w*)[^.;,]{0,15}(?:метк\w+|меток|разметк\w+|размечен\w*|аннотаци\w+)|(?:метк\w+|меток|разметк\w+|размечен\w*)[^.;,]{0,25}(?:неправильн\w*|ошиб\w+|неверн\w*|шум\w*|перепутан\w*|с ошибками)|(?:标签|标注|标记)[^。；，]{0,8}(?:错|噪声|有误|不准|不可靠|有问题|标反)|(?:错误|噪声|标错)的?(?:标签|标注)|标错",
        r"\b(?:falsch\w*|fehlerhaft\w*|verrauscht\w*)\b[^.;,]{0,15}\b(?:label\w*|gelabelt|beschriftet|annot\w+)|\blabels?\b[^.;,]{0,20}\b(?:falsch|fehlerhaft|verrauscht)|\b(?:mal etiquetad\w+|etiquetas? (?:\w+ ){0,2}(?:err[oó]ne\w+|incorrect\w+|equivocad\w+|ruidos\w+)|r[oó]tulos? (?:\w+ ){0,2}(?:errad\w+|incorret\w+|ruidos\w+)|mal rotulad\w+|rotulad\w+ errad\w+|mal [eé]tiquet[eé]\w*|[eé]tiquettes? (?:\w+ ){0,3}(?:fauss\w*|erron[eé]\w+|incorrect\w+|bruit[eé]\w+))|ラベル[^。、]{0,8}(?:間違\w*|誤り|ノイズ)|라벨\w*[^.]{0,10}(?:틀|잘못|노이즈|오류)\w*",
    ),
    "labels_one_hot": (
        r"\bone-?\s?hot\w*|\bto_categorical\b|\bOneHotEncoder\b|ван-?хот\w*|独热|ワンホット|원-?핫|\bget_dummies\b",
    ),
    "labels_are_numbers": (
        rf"\b(?:integers?|int|int32|int64|numeric|class (?:numbers?|ind(?:ex|ices|exes))|plain numbers?|whole numbers?)\b[^.;,]{{0,15}}\b{_LABELS}\b|\b(?:plain |just |as |got |have |using )integers\b|\by (?:\w+ ){{0,2}}integers?\b|\binteger[- ]encoded\b|\b{_LABELS}\b[^.;,]{{0,25}}\b(?:integers?|ints?|class (?:numbers|ind(?:ices|exes))|plain numbers|whole numbers|numbers (?:from )?0|0 ?(?:to|-|\.\.|–|\u2026) ?\d+)\b",
        r"(?:метк\w+|labels?)[^.;,]{0,20}(?:цел\w+ числ\w+|числа|числами|целочислен\w+|номера\w* класс\w+|int)|целочисленн\w+ метк\w+|(?:标签|label)[^。；，]{0,8}(?:整数|数字|整型|int)|整数标签|\blabels?\b[^.;,]{0,15}\b(?:ganze? zahlen|ganzzahl\w*|integer)|\betiquetas?\b[^.;,]{0,15}\benter[oa]s|\br[oó]tulos?\b[^.;,]{0,15}\binteiros|\b[eé]tiquettes?\b[^.;,]{0,15}\b(?:enti[eè]r\w*|entiers)|ラベル[^。、]{0,8}整数|라벨\w*[^.]{0,8}정수",
    ),
    "scaled": (
        r"\b(?:re-?scal(?:e|ed|es|ing)|scal(?:e|ed|es|ing)|(?<!batch )(?<!batch-)(?<!layer )normali[sz](?:e|ed|es|ing|ation)|standardi[sz]\w+|divid(?:e|ed|es|ing)\b[^.;,]{0,30}\b255|pre-?process(?:ed|ing)?(?! layer)|preprocess_input|/ ?255\.?0?)(?!\w)",
        r"(?<!batch )нормализ\w+|нормиру\w+|нормиров\w+|масштабир\w+|(?:делю|делим|разделил\w*|поделил\w*|деление|делятся|делить)[^.;,]{0,20}255|препроцессинг\w*|предобраб\w+|(?<!批)(?<!批量)归一化|(?<!批)标准化|除以 ?255|预处理|(?<!バッチ)正規化|スケーリング|前処理|255で割\w*|정규화|255로 나누\w*|전처리|\bnormalisier\w*|\bskalier\w*|\bnormiert?\w*|\bnormaliz\w+|\bnormalis\w+|\bescal(?:o|ad\w+|ar|amos)\b|\b(?:divid|divis)\w*[^.;,]{0,15}255|\bpr[eé]traite?\w*",
    ),
    "augmented": (
        r"\baugment\w*|\brandom (?:flips?|crops?|rotations?|zoom|horizontal)\w*|\b(?:horizontal|vertical) flips?\b|\b(?:flip(?:s|ped|ping)|rotat(?:e|es|ed|ions?|ing))\b(?=[^.;]{0,40}\b(?:images?|train\w*|val\w*|test|and|random\w*|pictures?|data)\b)|\bRandAugment\b|\b(?:mix|cut)-?(?:up|mix)\b|аугмент\w+|数据增强|数据增广|做?增强|データ拡張|水増し|증강\w*|\baument(?:o|ad\w+|aci[oó]n) de datos\b|\baumento de dados\b|\baugmentation\w*",
    ),
    "dropout_used": (
        r"\bdrop-?outs?\b(?:(?:\s?(?:rates?|layers?|of|with|at|is|was|auf|von|=|:|\(|在|为|を|를)\s?){0,3}\s?(?P<n>0?[.,]\d{1,3}|\d{1,2}\s?%))?|дропаут\w*|ドロップアウト|드롭아웃",
    ),
    "batchnorm_used": (
        r"\bbatch[ -]?norm\w*|\bBN(?: layers?)?\b|батч-?норм\w*|批归一化|批量归一化|批标准化|バッチ正規化|배치 ?정규화",
    ),
    "regularized": (
        r"\bweight[ _-]?decay\b|\bregulari[sz]\w+|\b[lL][12]\b(?! ?loss)|\bkernel_regularizer\b|регуляризаци\w+|regularizaci[oó]n|regulariza[cç][aã]o|r[eé]gularis\w+|Regularisierung|正则化?|权重衰减|正則化|重み減衰|정규화항|가중치 감쇠",
    ),
    "class_weights_used": (
        r"\bclass[ _-]?weights?\b|\bover-?sampl\w+|\bSMOTE\b|\bweighted (?:loss|sampl\w+|random)\b|\bWeightedRandomSampler\b|\bsample[ _]weights?\b|\bupsampl\w+ (?:the )?(?:minority|small|rare)|вес\w* класс\w+|взвеш\w+|оверсэмпл\w*|类别权重|过采样|クラス(?:の)?重み|클래스 ?가중치|オーバーサンプリング|\bklassengewicht\w*|\bpesos? (?:de|por) (?:las )?clases?|\bpesos? (?:de|por|das) classes?|\bpoids (?:de|des|par) classes?|\bpond[eé]r\w+|\bsobremuestre\w*",
    ),
    "early_stopping_used": (
        r"\bearly[ -]?stop(?:ping|ing|s)?\b|\bEarlyStopping\b|ранн\w+ остановк\w+|早停|提前停止|早期終了|アーリーストッピング|조기 ?종료|\bparada temprana\b|\bparada antecipada\b|\barr[eê]t (?:pr[eé]coce|anticip[eé])",
    ),
    "frozen": (
        r"(?<!un)(?<!un-)\b(?:freez(?:e|es|ed|ing)|fro(?:ze|zen))\b(?! at \d)|\btrainable\s?=\s?False\b|(?<!раз)замор[ао][зж]\w+|冻结|冻住|凍結|동결\w*|얼려\w*|\beingefroren\w*|\bfriere\b[^.;]{0,30}\bein\b|\bcongel(?:o|ad\w+|ar|[eé]|ando)\b|(?<!d[eé])\bg[eè]l(?:[eé]e?s?|e|er)\b",
    ),
    "pretrained": (
        r"\bpre-?\s?train(?:ed|ing)?\b|\bimagenet(?: weights)?\b|\btransfer learning\b|\bfine-?tun\w+|предобуч\w+|预训练|迁移学习|学習済み|転移学習|사전 ?(?:학습|훈련)\w*|전이 ?학습|\bvortrainiert\w*|\bpre-?entrenad\w+|\bpr[eé]-?treinad\w+|\bpr[eé]-?entra[iî]n[eé]\w*",
    ),
    "frames_of_videos": (
        r"\b(?:frames?|slices|crops|patches|tiles|several|many|multiple|dozens of|\d+) (?:(?:images|pictures|photos|shots|scans|frames|x-rays) )?(?:of|from|per|for|show\w*) (?:the |each |every |one |a )?(?:same |single )?(?:patients?|videos?|persons?|people|subjects?|objects?|animals?|individuals?|clips?|movies?|sequences?|plants?|items?|houses?|cars?)\b|\bvideo (?:frames|stills)\b|\b(?:frames|stills) (?:were |are )?(?:taken|cut|extracted|grabbed|captured)? ?(?:from|out of|of) \w*\s?(?:videos?|clips?|recordings?)|\bconsecutive frames\b|\bbursts?\b|\b(?:one|each|every) (?:patient|subject|person|object|animal)\b[^.;]{0,25}\b(?:many|several|multiple|dozens|\d+) (?:images|slices|photos|pictures|scans|frames)|\bsame (?:patient|object|person|animal|video|car|plant|subject|item)\b[^.;]{0,30}\b(?:several|many|multiple|times|photos|images|pictures|scans)",
        r"кадр\w*[^.;]{0,15}видео|(?:одного|одних|одному) (?:и то(?:го|му) же )?(?:пациент\w*|человек\w*|объект\w*|видео|предмет\w*|животн\w+)|(?:снимк\w+|фото\w*|изображени\w+) (?:на|от|с) (?:каждого |одного )?(?:пациент\w*|объект\w*)|(?:同一|一个|每个)(?:个|位|段)?(?:病人|患者|视频|物体|对象|人)[^。；]{0,8}(?:张|图|照片|帧|切片|拍)|视频(?:里|中)?(?:的|截|抽)?(?:帧|取)|(?:连续|视频)帧",
        r"\b(?:bilder|frames|aufnahmen|fotos)\b[^.;]{0,20}\b(?:desselben|derselben|eines|pro|je) (?:patient\w*|person|objekt\w*|videos?)|\b(?:im[aá]genes|fotos|fotogramas|cuadros|imagens|quadros|images|photos) (?:de|del|por|do|da|du|d'un|par) (?:un |el |cada |o |um |le |m[eê]me )?(?:mism[oa] |mesm[oa] |m[eê]me )?(?:paciente|v[ií]deo|persona|objeto|pessoa|patient|vid[eé]o|personne|objet)s?|同じ(?:患者|動画|人物|物体)|動画(?:の|から)\w{0,6}フレーム|같은 (?:환자|영상|사람|물체)|동영상\w* 프레임",
    ),
    "other_source": (
        r"\b(?:another|different|other|new|second) (?:camera|scanner|hospital|sensor|city|site|device|microscope|season|domain|phone|country|clinic|lab|source|website|location|machine|smartphone|data ?set)s?\b|\b(?:val\w*|test)\b[^.;]{0,30}\b(?:come|comes|came|are|were|taken|shot|collected|recorded|downloaded)\b[^.;]{0,20}\b(?:from|with|by|in|at) (?:another|a different|an ?other|a new|google|my phone|the internet)",
        r"(?:друг\w+|ин\w+) (?:камер\w+|сканер\w*|больниц\w+|источник\w*|клиник\w+|телефон\w*|устройств\w+|датасет\w*|аппарат\w*|микроскоп\w*)|(?:另一|不同|别的|其他|另外)(?:个|台|家|种)?的?(?:相机|摄像头|医院|设备|来源|数据源|手机|扫描仪|场景|数据集|城市)|\b(?:ander\w+|neuen?) (?:kamera|scanner|krankenhaus|klinik|quelle|gerät|handy|mikroskop)\w*|\b(?:otr[oa]|distint[oa]|diferente) (?:c[aá]mara|hospital|esc[aá]ner|fuente|dispositivo|m[oó]vil|cl[ií]nica|ciudad)|\b(?:outr[oa]|diferente) (?:c[aâ]mera|hospital|scanner|fonte|dispositivo|celular|cl[ií]nica|cidade)|\b(?:autre|diff[eé]rente?) (?:appareil|cam[eé]ra|h[oô]pital|scanner|source|t[eé]l[eé]phone|site|clinique|ville)|別の(?:カメラ|病院|装置|データ|ソース|機種)|다른 (?:카메라|병원|출처|기기|장비|데이터)",
    ),
    "several_labels": (
        r"\bmulti-?label\b|\b(?:several|multiple|more than one|many|two or more) (?:labels?|tags|classes|categories)\b[^.;]{0,20}\b(?:at once|at the same time|per|each|simultaneously|apply|an? (?:image|picture|photo))|\b(?:images?|pictures?|photos?|samples?|posters?|movies?|x-rays?|scans?) (?:can|may|could|might|often|sometimes)?\s?(?:have|has|show|shows|contain|contains|belong|belongs|carry|carries)\b (?:to )?(?:several|multiple|more than one|many|two)\b|\bbelong to (?:several|multiple|more than one)\b",
        r"многометочн\w+|мультилейбл\w*|(?:несколько|нескольк\w+|сразу (?:две|два|нескольк\w+)) (?:метк\w+|класс\w+|меток|тег\w+)|多标签|多个标签|(?:多个|几个|好几个|两个|若干)(?:类别?|标签)|マルチラベル|複数の?(?:ラベル|クラス)|다중 ?(?:레이블|라벨)|여러 (?:개의 )?(?:레이블|라벨|클래스)|\bmehrere (?:labels?|klassen|tags)\b|\bmulti-?etiqueta|\bvarias (?:etiquetas|clases)|\bmulti-?r[oó]tulo|\bv[aá]ri[oa]s (?:r[oó]tulos|classes|etiquetas)|\bplusieurs (?:[eé]tiquettes|classes|labels)|\bmulti-?[eé]tiquettes?",
    ),
}  # fmt: skip
PREDICATES: tuple[tuple[str, Pattern], ...] = tuple(
    (name, Pattern(row)) for name, rows in _WORDS.items() for row in rows
)

OPPOSITES: tuple[tuple[str, Pattern], ...] = tuple(
    (name, Pattern(row))
    for name, row in (
        ("shuffled", r"\bun-?shuffled\b|\bshuffle\s?=\s?False\b|未打乱|вперемешку не"),
        ("frozen", r"\bun-?(?:freez(?:e|es|ed|ing)|fro(?:ze|zen))\b|\btrainable\s?=\s?True\b|\bthaw\w*|размор[ао][зж]\w+|解冻|解凍|\baufgetaut\w*|\bauftau\w*|\bdescongel\w+|\bd[eé]gel\w*|\bd[eé]g[eè]le\w*"),
        ("scaled", r"\bun-?(?:scaled|normali[sz]ed|preprocessed)\b|\braw (?:pixels?|images?|0)\b|\bpixel values (?:of |from |between )?0\b[^.;]{0,8}255|未归一化"),
        ("imbalanced", r"(?<!un)(?<!im)(?<!un-)(?<!im-)(?<!=)(?<!=.)\bbalanced\b|\bequally (?:large|big|many)\b|\b(?:same|equal) (?:number|amount) of (?:images|samples|examples|pictures)\b[^.;]{0,15}\b(?:class|each|every|per)|(?<!не)(?<!не )(?<!дис)сбалансирован\w*|(?<!不)平衡的|均衡的|\bausgewogen\w*|\bbalancead\w+|\b[eé]quilibr[eé]\w*"),
        ("pretrained", r"\bfrom scratch\b|\bweights\s?=\s?None\b|\brandom(?:ly)? initiali[sz]ed\b|с нуля|从头(?:开始)?训练|\bdesde cero\b|\bdo zero\b|\bvon null\b|ゼロから"),
        ("evaluate_differs", r"\b(?:evaluate|predict)\b[^.;]{0,50}\b(?:same (?:accuracy|loss|value|number|result)s?|agrees?|identical)\b"),
        ("labels_doubtful", r"\b(?:labels?|annotations?)\b[^.;,]{0,25}\b(?:correct|clean|right|verified|checked|reliable|perfect)\b|\bclean labels?\b"),
    )
)  # fmt: skip

_CHOSEN_LOSSES = (
    r"(?P<of>sparse[ _-]?categorical[ _-]?cross[ _-]?entropy|categorical[ _-]?cross[ _-]?entropy|binary[ _-]?cross[ _-]?entropy"
    r"|mean[ _-]squared[ _-]error|\bMSE loss\b|\bMSE (?=(?:as|for) (?:the |my )?loss\b)|(?<=loss is )MSE\b|(?<=loss=)MSE\b|(?<=loss: )MSE\b|(?<=loss = )MSE\b|\bBCE(?:WithLogits)?Loss\b|\bCrossEntropyLoss\b|\bNLLLoss\b|\bfocal[ _-]?loss\b|\bhinge(?:[ _-]loss)?\b|\bBCE\b|\bmean absolute error\b|\bkullback\w*|\bkl[ _-]divergence\b|softmax_cross_entropy)"
)
_CHOSEN_OPTIMIZERS = r"\b(?P<of>SGD|AdamW|Adamax|Adam|Nadam|RMS-?prop|Ada-?grad|Ada-?delta|Ftrl|Lion)\b|(?P<momentum>стохастическ\w+ градиентн\w+ спуск\w*)"
NAMED: tuple[tuple[str, Pattern], ...] = (
    ("loss_used", Pattern(_CHOSEN_LOSSES)),
    ("optimizer_used", Pattern(_CHOSEN_OPTIMIZERS)),
)
LOSS_NAMES = {
    "sparsecategoricalcrossentropy": "sparse_categorical_crossentropy",
    "categoricalcrossentropy": "categorical_crossentropy",
    "binarycrossentropy": "binary_crossentropy", "bce": "binary_crossentropy",
    "bceloss": "binary_crossentropy", "bcewithlogitsloss": "binary_crossentropy",
    "crossentropyloss": "crossentropyloss", "mse": "mean_squared_error", "mseloss": "mean_squared_error",
    "meansquarederror": "mean_squared_error", "mae": "mean_absolute_error",
    "meanabsoluteerror": "mean_absolute_error", "focalloss": "focal_loss", "nllloss": "nllloss",
    "hinge": "hinge", "hingeloss": "hinge", "softmaxcrossentropy": "softmax_cross_entropy",
}  # fmt: skip
"""Letters of a loss as people write it -> its name."""
