"""Figures that askers state: one row per fact and language; the first group is the figure."""

from __future__ import annotations

from fitdoctor.sources._row import Pattern

_COUNT = r"(\d[\d ,.]{0,9}\d|\d)"
WORDS = {
    word: n
    for words in (
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        ("dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"),
        ("duas", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez"),
        ("dwie", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć", "dziesięć"),
        ("zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn"),
        ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"),
        ("две", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять"),
    )
    for n, word in enumerate(words, start=2)
} | {
    "двумя": 2,
    "тремя": 3,
    "двух": 2,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "十": 10,
}
_NUMBER_WORD = "(" + "|".join(sorted(WORDS, key=len, reverse=True)) + ")"
_NUMBER = rf"(\d{{1,4}}|{'|'.join(sorted(WORDS, key=len, reverse=True))})"

FIGURES: tuple[tuple[str, Pattern], ...] = tuple(
    (name, Pattern(pattern))
    for name, pattern in (
        # Classes
        # Images of each class, and of each part
        ("n_classes", rf"\b{_NUMBER} (?!images|pictures|photos|samples|files|rows|columns|folders|subjects|patients)[a-z]{{3,15}}s\s+in\s+(?:my|the|this|our)\s+(?:data ?set|data)\b"),
        ("n_train", rf"\bthere are (?:about |around |some )?{_COUNT}\s+(?:images|pictures|photos|samples)\b(?!\s+(?:of|with|per|in each|for|that|in the (?:val|test)))"),
        ("per_class", rf"(?<!\bto )(?<![-–.,\d])\b{_COUNT}\s+(?:images|pictures|photos)\s+(?:per|in each|for each|of each|each)\s*(?:class|category)?"),
        ("per_class", rf"each\s+(?:class\s+)?(?:of which\s+)?(?:has|contain\w*|with)\s+{_COUNT}\s+images"),
        ("per_class", rf"with\s+{_COUNT}\s+images each\b"),
        ("per_class", rf"кажд\w{{2,3}}\s+из\s+которых\s+содержит\s+{_COUNT}\s+изображ"),
        ("per_class", rf"по\s+{_COUNT}\s+изображени\w\s+(?:в|на)\s+кажд"),
        ("per_class", rf"每(?:个类别|个类|类)\D{{0,6}}{_COUNT}\s*[张幅]"),
        ("per_class", rf"{_COUNT}\s+im[aá]gen(?:e?s)\s+por\s+cl"),
        ("per_class", rf"{_COUNT}\s+imagens\s+por\s+cl"),
        ("per_class", rf"{_COUNT}\s+(?:obrazów|zdjęć)\s+(?:na|w)\s+(?:każd\w+\s+)?klas"),
        ("per_class", rf"{_COUNT}\s+Bilder\s+(?:pro|je)\s+Klasse"),
        ("per_class", rf"{_COUNT}\s+images\s+par\s+classe"),
        ("per_class", rf"各?クラス(?:ごとに|につき|あたり)?\s?{_COUNT}\s?枚"),
        ("smallest_label", r"\b(?:class|label|digit|target)\w*\s+(?:are\s+|is\s+|go\w*\s+)?(?:labell?ed\s+)?(?:as\s+|from\s+|numbers\s+)?(\d)\s?(?:,\s?[2-9]\b|(?:to|-|\.\.|through)\s?\d)"),
        ("said_binary_accuracy", r"\bbinary[ _]accuracy\b[^.;\d]{0,20}(0?[.,]\d{2,6})(?![\d%])"),
        ("jump_epoch", r"\b(?:at|after|around|from|in|on) epochs? (\d{1,4})\b[^.;]{0,60}\b(?:sudden\w*|jump\w*|leap\w*|plung\w*|spik\w*|dip\w*|kink)\b"),
        ("jump_epoch", r"\b(?:sudden\w*|jump\w*|leap\w*|plung\w*|spik\w*|dip\w*|kink)\b[^.;]{0,40}\b(?:at|after|around|in) (?:about )?epochs? (\d{1,4})\b"),
        # Settings
        ("ema_decay", r"\bema[-_ ]?(?:decay|momentum)\b[ =:]{1,3}(?:of )?(0?[.]9\d{0,8})"),
        ("largest_class_share", r"(\d{2}(?:[.,]\d+)?)\s?%\s+(?:of\s+)?(?:images|pictures|photos|samples|scans)\s+(?:without|with|show|are|belong)"),
        ("largest_class_share", r"(\d{2}(?:[.,]\d+)?)\s?%\s+of\s+(?:my\s+|the\s+|all\s+|our\s+)*(?!predict|answer|output|accura|time\b|times\b|unit|weight|neuron|activation|param|layer|memory|gpu|cpu|run|epoch|step|loss)[a-z]{3,15}\s+(?:are|is|belong\w*|show|have)\b(?!\s+(?:correct|right|wrong|used|train|predicted|classified|misclassified|recogni))"),
        ("weight_decay", r"\bweight[ _-]?decay\s*(?:=|of|is|:|to)\s*(\d*\.?\d+(?:e-?\d+)?)(?![\d%])"),
        ("largest_target", rf"\b(?:targets?|prices?|ages?|values? to predict|y)\b[^.;\d]{{0,30}}\b(?:from|between|range\w*)\b[^.;\d]{{0,12}}\d[\d.,]*\s?(?:to|and|-|–|\.\.)\s?\$?{_COUNT}"),
        ("smallest_target", r"\b(?:targets?|angles?|labels?|coordinates?|y)\b[^.;\d]{0,30}\b(?:from|between|range\w*)\b[^.;\d]{0,12}([-\u2212]\d[\d.,]*)\s?(?:degrees?|\u00b0)?\s?(?:to|and|\.\.|,|-|\u2013)\s?\+?\d"),
        ("rate_change_epoch", r"\b(?:schedul\w+|learning[ _]rate|lr|rate|milestones?)\b[^.;\d]{0,40}\b(?:divid\w+|drop\w*|reduc\w+|decay\w*|cut\w*|lower\w*|multipl\w+|decreas\w+)\b[^.;]{0,30}?\b(?:at|after|in|from|every)\s(?:the )?(?:epochs?\s)?(\d{1,4})\b(?!\.\d|\s?%)"),
        ("saturating_layers", rf"\b{_NUMBER}\s+(?:hidden|dense|fully[ -]connected|conv\w*)?\s?(?:hidden\s+)?layers?\b[^.;]{{0,30}}\b(?:sigmoid|tanh)\b"),
        ("saturating_layers", rf"\b{_NUMBER}\s+(?:hidden\s+)?(?:Dense|Linear|Conv2D|hidden)\s?\([^)]{{0,60}}\b(?:sigmoid|tanh)\b[^)]{{0,20}}\)"),
        ("saturating_layers", rf"\b(?:sigmoid|tanh)\b[^.;]{{0,30}}\b{_NUMBER}\s+(?:hidden|dense|fully[ -]connected)\s+layers\b"),
        ("l2_factor", r"\bl2\s?\(\s?(?:l2?\s?=\s?)?(\d*\.?\d+(?:e-?\d+)?)\s?\)|\bL2(?:[ _-]?(?:reg\w*|penalt\w+|weights?|norm\w*|decay|loss|lambda|factor|strength|coefficient)){0,3}\b[^.;,\d]{0,20}(0?\.\d+|[1-9]\d{0,3}(?!\s?[^\W\d]))(?![\d%])"),
        ("l1_factor", r"\bl1\s?\(\s?(?:l1?\s?=\s?)?(\d*\.?\d+(?:e-?\d+)?)\s?\)"),
        ("loss_stays_at", r"\bloss\b[^.;\d]{0,20}\b(?:stops?|stays?|stuck|plateaus?|bottoms? out|saturates?|remains?|does not (?:go|fall|get|drop)|doesn't (?:go|fall|get|drop)|never (?:goes|falls|gets|drops)|hangs|is always|constant\w*|hovers)\b[^.;\d]{0,20}(\d[.,]\d{1,4})(?!\d|\s?%)"),
        ("loss_stays_at", r"(?:loss|损失)\s?(?:一直|始终|总是|卡在|停在|保持)[^\d。]{0,6}(\d[.,]\d{2,4})(?!\d)"),
        ("loss_stays_at", r"(?:loss|потер\w+)[^.;\d]{0,15}(?:застр\w+|не опускается|остает\w+|останавлива\w+|постоянн\w+)[^.;\d]{0,15}(\d[.,]\d{2,4})(?!\d)"),
        ("dropout_rate", r"\bdropout\w*[^.;\d]{0,25}\bfrom (?:0|0?[.,]\d{1,3}|\d{1,2}\s?%) to (0?[.,]\d{1,3})\b"),
        ("dropout_rate", r"\bdropout\w*\s*(?:\(|=|:|of|rate|layers?|with|a|is|at|\s){1,6}(0?[.,]\d{1,3})\b"),
        ("dropout_kept", r"\bkeep[_ ]prob(?:ability)?\b\s*(?:\(|=|:|of|is|at|was|\s){1,4}(0?[.,]\d{1,3})\b"),
        ("said_loss", r"(?<!val_)(?<!validation )(?<!test )\bloss\s(?:is|was|starts at|begins at|begins with|of)\s(?:about |around |over |always )?(\d{1,3}(?:,\d{3})+|\d{1,9}(?:\.\d+)?)(?![\d%]|\s?%)"),
        ("steps_per_epoch", r"\b(\d{1,6})\s+(?:steps|batches|iterations|updates)\s+(?:an|per|each|every|in\s+(?:an|one|each))\s+epoch\b"),
        ("steps_per_epoch", r"\bepoch \((\d{1,6})\s+(?:steps|batches|iterations|updates)\)"),
        ("units_before_output", r"\b(?:hidden|dense|fully[ -]connected|last hidden|penultimate)\s+(?:relu\s+)?layers?\s+(?:of|with|has|have|having)\s+(?:only\s+|just\s+)?(\d{1,2})\s+(?:units|neurons|nodes|outputs)\b"),
        ("image_size", r"\b(\d{2,4})\s?[x×х*]\s?\d{2,4}\s*(?:px|pixels?|пикс\w*|像素|píxeles|pikseli|Pixel)\b"),
        ("image_size", r"\b(?:resized?|scaled?|размер\w*|images?|изображени\w+|图片)\s+(?:to|of|are|is|до|大小)\s+(\d{2,4})\s?[x×х*]\s?\d{2,4}"),
    )
)  # fmt: skip

DECIMAL = frozenset(
    {"loss_stays_at", "learning_rate", "weight_decay", "dropout_rate", "dropout_kept", "said_loss", "l1_factor", "l2_factor",
     "said_binary_accuracy", "smallest_target", "largest_class_share"}
)  # fmt: skip
"""Figures that are no counts: 1.386 is not thirteen hundred."""

VERSIONS: tuple[tuple[str, Pattern], ...] = (
    ("keras_version", Pattern(r"(?<!tf\.)\bkeras(?:\s+version|版本)?\s*[=:v(（]{0,3}\s*(\d\.\d{1,2}(?:\.\d{1,2})?|3(?=\s*(?:[.,;:!?)/]?\s*$|[.,;:!?)/](?!\d)|\s(?:and|with|on|in|for|to|from|via|using|is|it|i|my|the|but|or|under|model|api|backend|functional|sequential)\b)))(?![\d-])")),
    ("tensorflow_version", Pattern(r"\b(?:tensorflow|tf)(?:\s+version|版本)?(?:-gpu)?\s*[=:v(（]{0,3}\s*(\d\.\d{1,2}(?:\.\d{1,2})?)\b")),
    ("python_version", Pattern(r"\bpython\s*(\d\.\d{1,2})")),
)  # fmt: skip

SHARES = Pattern(r"(?<![\d.,])\d{1,2}\s?%(?:\s?(?:/|,|and|и|、|:)\s?\d{1,2}\s?%){1,9}")
"""Shares of the classes: 75 % / 20 % / 10 %."""

_OF = r"(?:(?:of|showing|with)\s+)?(?:the\s+)?(?:[a-z]{3,12}\s+)?"
_THING = r"(?!(?:train|val|test|epoch|class|batch|step|layer|pixel|px|unit|filter|x\b|%|h\b|min|sec|hour|day|of\b|to\b|images?\b|pictures?\b|photos?\b|samples?\b|examples?\b|scans?\b|files?\b|for\b|in\b|on\b|are\b|were\b|with\b|more\b|other\b|different\b|and\b|per\b|from\b|each\b|as\b|at\b|is\b|neurons?\b|nodes?\b|people\b|channels?\b|iterations?\b|seconds?\b)\w*)[A-Za-z\u0400-\u04ff][\w-]{1,24}"
_PICTURES = r"(?:x-?rays|images|pictures|photos|samples|examples|scans|files|изображени\w|фото\w*|snímk\w+|Bilder|im[aá]genes|imagens)"
NAMED_COUNTS = Pattern(
    rf"(?<![\w.,:])(\d{{1,3}} \d{{3}}|\d[\d,]{{0,8}})\s+(?:{_PICTURES}\s+)?{_OF}({_THING})(?:\s+{_PICTURES}|\s+ones)?"
    rf"(?:,\s+(?:and\s+)?|\s+(?:and|vs\.?|und|y|et|и|to)\s+(?:only\s+|just\s+)?)"
    rf"(\d[\d,]{{0,8}})\s+(?:{_PICTURES}\s+)?{_OF}({_THING})(?:\s+{_PICTURES}|\s+ones)?",
)
"""Images of two classes by name: 9500 benign and 480 malignant pictures."""
WITH_AND_WITHOUT = Pattern(
    rf"(?<![\w.,:])(\d[\d ,]{{0,8}}\d)\s+{_PICTURES}\s+(?:with(?:out)?|of|show\w*)\s+(?:an?\s+)?[\w-]{{2,20}}\s+(?:and|but|vs\.?)\s+(?:only\s+|just\s+)?(\d[\d ,]{{0,8}}\d|\d)\s+(?:{_PICTURES}\s+)?(?:with(?:out)?|show\w*|of)\b",
)
"""19 500 images without a crack and 500 with one."""
COUNT_OF_ALL = Pattern(
    rf"(?<![\w.,:])(\d[\d,]{{0,8}})\s+(?:{_PICTURES}\s+)?{_OF}{_THING}\s+(?:out\s+)?of\s+(?:the\s+|all\s+)?"
    rf"(\d[\d,]{{0,8}})\s+{_PICTURES}",
)
"""Images of one class among all: 6705 naevi of 10015 images."""
PICTURES = Pattern(rf"\b{_PICTURES}\b|\bclass(?:es)?\b|\bdata ?set\b|\bimbalanc")
BY_CLASS = Pattern(
    r"\bclass (\w{1,12})\W{1,3}(?:has |have |had |with |contains |consists of |is )?(\d{2,7})(?![\d%.])",
)
"""Images by class: class 0 has 25810 images, class 1 2443."""
_NAME_AND_COUNT = r"(?!(?:epochs?|batch|width|height|size|images?|samples?|val|test|train|steps?|layers?|seeds?|total)\b)[A-Za-z][\w -]{1,24}?[ :=]\s?(?:\d{2,7}|\d{1,3},\d{3})(?![\d.%])"
CLASS_LISTS = (
    Pattern(
        rf"\b(?:train\w*(?: folder| set| data)?|data ?set|classes|class counts?|per class|distribution)\s?[:(]\s?((?:{_NAME_AND_COUNT}\s?[,;/]\s?){{1,30}}{_NAME_AND_COUNT})",
    ),
    Pattern(
        rf"\bclass(?:es)?\b[^.\d]{{0,30}}[:(]\s*((?:\d[\d ]{{0,7}}\s*[,/]\s*){{2,30}}\d[\d ]{{0,7}})\s*(?:{_PICTURES})?",
    ),
    Pattern(r"\(((?:\d{1,6}\s*[/,]\s*){1,30}\d{1,6})\s+(?:images\s+)?per class\)"),
    Pattern(r"с количеством\s+((?:\d{1,9}[\s,]{1,3}(?:и\s{1,3})?){2,30})изображ"),
    Pattern(r"with\s+((?:\d{1,9}[\s,]{1,3}(?:and\s{1,3})?){2,30})images"),
)
