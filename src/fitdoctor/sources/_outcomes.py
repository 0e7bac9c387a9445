"""Outcomes that askers state in words: a row holds when all of its patterns are in a sentence.

A name says what was seen, never why; rules weigh it. Rows are built from a small vocabulary, so that
a paraphrase or another language adds a word to it rather than a row. A pattern that begins with `!`
must not be in the sentence.

What frames of concepts say (`_frames`) has no row here, but for eight names of which rows tell what
no frame does: `other_source`, `frames_of_videos` and `labels_doubtful` by what two sentences, or two
halves of one, tell of where images come from, in words of no fixed set; `scaled_apart`, `sorted_by_class`,
`validation_augmented` and `same_data_for_both` by the calls and arguments of a library in a
sentence; `val_loss_rises` by figures along a course.
"""

from __future__ import annotations

from collections.abc import Sequence

from fitdoctor.catalogue.backbones import RAW, begun, holds_none, written
from fitdoctor.sources._row import Pattern

_SCALES_INSIDE = begun(lambda family: family.inputs == RAW)
_WITHOUT_BATCHNORM = written(holds_none)
_TRAIN = r"(?:\b(?:train(?:ing)?|fit(?:ting)?)(?=\b|_)|\bacc\b|обуч\w*|трениров\w*|entren\w*|trein\w*|trening\w*|训练|学習|訓練)"
_VAL = r"(?:\b(?:val(?:id(?:ation)?)?(?:[_ /-]\w+)?|test(?:ing|set)?|cv[_ ]?acc|dev|holdout)\b|валидаци\w*|провероч\w*|тестов\w*|验证|测试|検証|テスト|validaci\w*|validaç\w*|walidac\w*)"
_ACC = r"(?:\b(?:\w+_)?acc(?:uracy)?\b|точност\w*|准确率|精度|exactitud|precisi[oó]n|acur[aá]cia|dok[lł]adno\w*|正解率)"
_SAME_FIGURE = (
    r"!(?<![\d.,])(?P<figure>\d{1,4}[.,]\d{2,8})(?!\d)[^.;]{1,80}(?<![\d.,])(?P=figure)(?!\d)"
)
"""A figure that is said twice: what it is of did not move."""
_LOSS = r"(?:\b(?:\w+_)?loss(?:es)?\b|потер\w*|损失|p[eé]rdida|perda|strat[aęy]|損失)"
_UP = r"(?:(?:starts? |began |starting |keeps? |kept |is |are |still |slowly |begins? )?(?:to )?(?:ris(?:es?|ing)|rose|climb\w*|increas\w*|grow\w*|go(?:es|ing)? up(?! (?:or|and) down)|going up(?! and down)|doubl(?:es|ed)|tripl(?:es|ed)|gets? (?:worse|larger|bigger|higher))|раст[её]т|увелич\w*|повыша\w*|上升|增加|sube|aumenta\w*|ro[sś]nie)"
_BETTER = rf"(?:{_UP}|improv\w*)"
_DOWN = r"(?:(?:starts? |keeps? |is |are |still )?(?:to )?(?:fall\w*|fell|decreas\w*|drop\w*|go(?:es|ing)? down|declin\w*|shrink\w*)|пада\w*|снижа\w*|уменьша\w*|下降)"
_HIGH = r"(?:9\d(?:[.,]\d+)?\s?%|0?[.,]9\d*|1\.0+\b|100\s?%|\b(?:over|above|almost|nearly|about)\s(?:0?[.,]8\d*|8\d\s?%)|\bis 1\b|\b(?:fine|good|perfect(?:ly)?|high|very well|great)\b|хорош\w*|很高|很好)"
_LOW = r"(?:(?<![\d.,])[0-7]?\d(?:[.,]\d+)?\s?%|(?<![\d.])0?[.,][0-6]\d*|\bexactly 0\b|\b(?:very low|low|bad(?:ly)?|poor(?:ly)?|much (?:lower|worse)|terrible|chance|random|is zero)\b|плох\w*|низк\w*|很低|很差)"
_CONTRAST = r"(?:\b(?:but|while|yet|whereas|although|however|only|stuck|stays?|and|on the other hand)\b|,|\bно\b|\bа\b|всего|只有|却|但)"
_EVERY = r"(?:\b(?:every|each|all|any|always|whole)\b|кажд\w*|всех|всегда|每|所有|一直|总是)"
_SAME = r"(?:\b(?:same|identical|constant)\b|одинаков\w*|одно и то же|一样|相同)"
_GOOD = r"(?:\b(?:everything (?:is )?(?:fine|works)|works?(?: very| quite)? ?(?:well|fine|great|perfectly)?|is fine|no problem|(?:learns?|trains?|converges?) ?(?:well|fine|normally)?|gut)\b|хорошо|работает|正常)"

_ERRORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "error_label_encoding",
        (
            r"target array (?:with|of) shape \([^)]{1,40}\)[^.]{0,60}while using as loss [`'\"]?categorical_crossentropy",
        ),
    ),
    (
        "error_label_encoding",
        (
            r"Shapes \((?:None|\d+), 1\) and \((?:None|\d+), (?:[2-9]|[1-9]\d+)\) are incompatible|Shapes \((?:None|\d+),\) and \((?:None|\d+), (?:[2-9]|[1-9]\d+)\)",
        ),
    ),
    ("error_label_encoding", (r"logits and labels must have the same first dimension",)),
    (
        "error_label_encoding",
        (
            r"same (?:rank|shape)[^=]{0,40}target\.shape=\((?:None|\d+)(?:,|, 1)\), output\.shape=\((?:None|\d+), (?:[2-9]|[1-9]\d+)\)",
        ),
    ),
    (
        "error_label_encoding",
        (
            r"rank \(ndim\) `target\.ndim - 1`[^=]{0,40}target\.shape=\((?:None|\d+), (?:[2-9]|[1-9]\d+)\), output\.shape=\((?:None|\d+), (?:[2-9]|[1-9]\d+)\)",
        ),
    ),
    (
        "error_label_encoding",
        (
            r"up until the last dimension: target\.shape=\((?:None|\d+), (?:[2-9]|[1-9]\d+)\), output\.shape=\((?:None|\d+), (?:[2-9]|[1-9]\d+)\)",
        ),
    ),
    (
        "error_label_encoding",
        (
            r"to have shape \(1,\) but got array with shape \((?:[2-9]|[1-9]\d+),\)|to have shape \((?:[2-9]|[1-9]\d+),\) but got array with shape \(1,\)",
        ),
    ),
    (
        "error_label_encoding",
        (
            r"expected [^.]{0,60}shape \((?:None|\d+), (?:[2-9]|[1-9]\d+)\)[^.]{0,30}got[^.]{0,30}shape \(\d+, 1\)",
        ),
    ),
    (
        "error_units",
        (
            r"target array with shape \(\d+, (?:[2-9]|[1-9]\d+)\) was passed for an output of shape \(None, \d+\)",
        ),
    ),
    (
        "error_units",
        (
            r"Shapes \((?:None|\d+), (?:[2-9]|[1-9]\d+)\) and \((?:None|\d+), (?:1|(?:[2-9]|[1-9]\d+))\) are incompatible",
        ),
    ),
    (
        "error_label_encoding",
        (
            r"The shape of labels \(received \(\d+,\)\) should equal the shape of logits|`?labels\.shape`? must equal `?logits\.shape`? except for the last",
        ),
    ),
    (
        "error_units",
        (
            r"to have shape \((?:[2-9]|[1-9]\d+),\) but got array with shape \((?:[2-9]|[1-9]\d+),\)",
        ),
    ),
    (
        "error_units",
        (
            r"same shape\. Received: target\.shape=\((?:None|\d+), (?:[2-9]|[1-9]\d+)\), output\.shape=\((?:None|\d+), (?:[1-9]\d*)\)",
        ),
    ),
    ("error_label_range", (r"label value of -?\d+ which is outside the valid range",)),
    (
        "error_label_range",
        (
            r"Target -?\d+ is out of bounds|t >= 0 && t < n_classes|cur_target >= 0 && cur_target < n_classes",
        ),
    ),
    ("error_device_assert", (r"device-side assert triggered", r"!input_val|index out of bounds")),
    (
        "error_modes",
        (
            r"Cannot batch tensors with different shapes.{0,60}\[(\d+,\s?\d+),\s?[134]\].{0,60}\[\1,\s?[134]\]",
        ),
    ),
    (
        "error_modes",
        (
            r"stack expects each tensor to be equal size, but got \[[134], (\d+, \d+)\].{0,30}\[[134], \1\]",
        ),
    ),
    (
        "error_modes",
        (
            r"could not broadcast input array from shape \((\d+,\s?\d+)(?:,\s?[124])?\) into shape \(\1,\s?3\)",
        ),
    ),
    (
        "error_not_probabilities",
        (
            r"all elements of (?:input|target) should be between 0 and 1|input_val >= zero && input_val <= one",
        ),
    ),
    (
        "error_not_compiled_again",
        (r"Discrepancy between trainable weights and collected trainable weights",),
    ),
    (
        "error_channels",
        (
            r"expected axis -1 of input shape to have value (?P<c>[134])\b[^.]{0,60}shape \((?:None|\d+), (?P=c), \d+, \d+\)|Given groups=\d+, weight of size \[\d+, (?P<d>\d+), \d+, \d+\], expected input\[\d+, \d+, \d+, (?P=d)\]",
        ),
    ),
    (
        "error_map_collapsed",
        (
            r"Negative dimension size caused by subtracting|Computed output size would be (?:negative|zero)|One of the dimensions in the output is <= 0|Output size is too small|Kernel size can't be greater than actual input size",
        ),
    ),
    (
        "error_no_gradient",
        (
            r"element 0 of tensors does not require grad|No gradients provided for any variable|optimizer got an empty parameter list",
        ),
    ),
    (
        "error_unreadable",
        (
            r"cannot identify image file|image file is truncated|Unknown image file format|Input is empty|Invalid JPEG data|Not a PNG file|broken data stream when reading",
        ),
    ),
)
"""What libraries say when they refuse: their words are exact."""

_ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("outcome_varies", (r"\b(?:\w+ times|once|twice)\b[^.;,]{0,40}\b(?:ends?|ended|reach\w*|gets?|got|learn\w*|work\w*|converge\w*|fits?)\b[^.;]{0,40}\b(?:\w+ times|once|twice)\b[^.;]{0,30}\b(?:stays?|stayed|stuck|chance|fail\w*|nothing|50 ?%|never)", r"!\?")),
    ("outcome_varies", (r"\b\d+ (?:out )?of (?:the |my )?\d+ (?:runs|seeds|trainings)\b[^.;]{0,40}\b(?:converge\w*|reach\w*|learn\w*|work\w*|get|end|fit)\b[^.;]{0,30}\b(?:others?|rest|remaining)\b[^.;]{0,30}\b(?:end\w*|stay\w*|stuck|chance|fail\w*|stop\w*|never)\b", r"!\?")),
    ("outcome_varies", (r"\bsometimes\b|\bsome (?:of the )?runs\b|every now and then|\bin \d+ (?:out )?of (?:the |my )?\d+ (?:runs|cases|times|trainings|seeds)\b|\b\d+ (?:out )?of (?:the |my )?\d+ (?:runs|seeds|trainings)\b|\b(?:half|some|one in (?:\w+)) of the runs\b|\bone in \w+ (?:runs|times)|\bin some runs\b|иногда|有时|a veces|às vezes|czasami|manchmal|parfois|時々|ときどき|कभी",
                        r"\bstuck|\bstays? at\b|\bnever (?:learns?|converges?|leaves?|trains?)|\bfails? to\b|\b50 ?%|predicts one class|look like this|застр\w+|не обуча\w+|остает\w+ на|卡在|停在|停留在|不收敛|atasc|trav|utkn|hängen|bloqu|収束しない",
                        r"\b(?:other|run|times?|again|runs|sometimes)\b|раз[ыа]?\b|запус\w+|модел\w+|次|有时|\w")),
    ("good_on_new_data", (r"\b(?:new|unseen|fresh|real)\b[^.]{0,20}\b(?:data|images|pictures|photos)\b|\bin production\b", r"\b(?:well|good|great|fine|right|correct\w*)\b", r"!\b(?:not|badly|poorly|fails?)\b")),
    ("good_on_new_data", (r"\bpredictions? (?:are|is|look)s? (?:all )?(?:good|fine|right|correct)",)),
    ("good_on_new_data", (r"新的?(?:测试)?数据", r"非常好|很好|良好")),
    ("good_on_new_data", (r"на новых (?:данных|изображениях)", r"хорош")),
    ("good_on_new_data", (r"datos nuevos|novos dados|dados novos|nowych danych|neuen Daten|新しいデータ", r"bien|bem|dobrze|gut|良")),
    ("spikes_recover", (r"\bspik\w+|\bpeaks?\b", r"\bbut\b|\brecover|\bback\b|\breturn|\bagain\b")),
    ("spikes_recover", (r"(?<!\w)пик[иа]?(?!\w)|скач\w+|зашкалива\w+", r"возвраща\w+")),
    ("spikes", (r"\bloss(?: curve)? (?:has|shows?|with) (?:\w+ )?spikes",)),
    ("val_loss_rises", (r"\b(?:val(?:idation)?|test)[ _]loss\b[^.;]{0,30}\b(?:bottoms?(?: out)?|minimum|lowest|best|reaches its)\b[^;]{0,60}\b(?:ris\w+|rose|climb\w*|increas\w+|goes up|going up|grow\w*|and is \d|to \d)",)),
    ("train_good_val_bad", (rf"{_TRAIN}[^.;]{{0,70}}{_HIGH}[^;]{{0,40}}{_CONTRAST}[^;]{{0,40}}{_VAL}[^;]{{0,70}}{_LOW}",)),
    ("train_good_val_bad", (rf"{_HIGH}[^.;]{{0,20}}{_TRAIN}[^;]{{0,40}}{_CONTRAST}[^;]{{0,40}}{_LOW}[^;]{{0,30}}{_VAL}",)),
    ("train_good_val_bad", (rf"{_HIGH}[^.;]{{0,40}}{_TRAIN}[^;]{{0,40}}\b(?:but|while|yet)\b[^;]{{0,60}}{_LOW}[^;]{{0,40}}{_VAL}",)),
    ("train_good_val_bad", (rf"{_VAL}[^.;]{{0,50}}{_LOW}[^;]{{0,40}}\b(?:although|while|but)\b[^;]{{0,40}}{_TRAIN}[^;]{{0,50}}{_HIGH}",)),
    ("train_good_val_bad", (rf"{_TRAIN}[^.;]{{0,40}}\b(?:nearly|almost|practically) (?:always|every|all)\b[^;]{{0,40}}\b(?:but|while|yet|whereas)\b[^;]{{0,40}}\b(?:not seen|unseen|never seen|new|other|{_VAL})\b[^;]{{0,60}}\b(?:half|third|quarter|seldom|rarely|hardly|often wrong|mostly wrong|few)\b",)),
    ("train_good_val_bad", (rf"{_TRAIN}[^.;]{{0,40}}{_UP}[^;]{{0,60}}\bbut\b[^;]{{0,40}}{_VAL}[^;]{{0,40}}\b(?:exactly 0|stays|stuck|does not)",)),
    ("val_accuracy_zero", (rf"{_VAL}[_ ]?(?:{_ACC})?\s?[=:]\s?0(?:[.,]0+(?:e\+00)?)?(?![.,]?[\d%]|,\d)", r"!\bloss (?:is|stays)\b")),
    ("val_accuracy_zero", (rf"{_VAL}[^.=(:;]{{0,40}}(?:\b(?:is|are|stays?(?: at)?|remains?(?: at)?)(?: exactly| always)?|равн\w+|остает\w*|всегда|一直是|始终为|总是)\s?(?:0|zero|0[.,]0+(?:e\+00)?|нул\w+)(?![.,]?[\d%]|,\d)", r"!\bloss (?:is|stays)\b")),
    ("val_accuracy_zero", (rf"{_ACC}|pr[ée]cision", r"\bvalid\w+\b[^.=(]{0,20}\b(?:reste|est|bleibt|ist|es|queda|permanece|fica)\b[^.;]{0,8}\b(?:à |bei |en |em )?(?:0|zéro|null|cero|zero)(?![.,]?[\d%]|,\d)")),
    ("val_accuracy_zero", (r"\bval_(?:\w+_)?acc(?:uracy)?:? ?0\.0+(?:e\+00)?(?!\d)", _EVERY)),
    ("same_every_epoch", (r"\b(?:the )?same (?:number |value )?(?:in|at|for|after)? ?(?:every|each|all) epoch|\b(?:exactly|always) the same (?:value|number)|完全一样|一直不变|не меня\w+",)),
    ("same_every_epoch", (rf"{_ACC}|{_LOSS}", r"\b(?:does not|doesn'?t|is not|isn'?t|are not|do not|don'?t|never) chang\w+|\bremains? (?:constant|the same|unchanged)|\bstays? (?:constant|the same)|不变")),
    ("stays_at_start", (r"\baccuracy (?:begins|starts) at|\bstays? there\b|\baccuracy (?:stays|remains) (?:at|around)", r"\ball\b|\bepochs?\b|\bwhole\b", r"!\bzero\b")),
    ("same_every_epoch", (r"\b(?:stuck|stays?|remains?|constant|stands?)\b[^.;]{0,20}\b0?[.,]\d{2,6}\b[^.;]{0,12}\bfrom (?:the )?(?:epoch 1|first epoch|1st epoch)\b[^.;]{0,12}\b(?:to|till|until)\b",)),
    ("validation_augmented", (r"\b(?:ImageDataGenerator|datagen|generator)\b", r"\b(?:rotat\w+|zoom|shear|flip\w*|shift)", r"\bvalidation_split\b[^.;]{0,30}\bboth\b|\bboth (?:subsets|parts|splits)\b")),
    ("validation_augmented", (r"\b(?:ImageDataGenerator|datagen|generator|transforms?|augment\w*)\b", r"\b(?:rotat\w+|zoom\w*|shear\w*|flip\w*|shift\w*|augment\w*|crop\w*|jitter)\b", r"\b(?:is|are|was|were|gets?|being)\b[^.;]{0,12}\b(?:used|applied|active)\b[^.;]{0,12}\b(?:val\w*|test)\b[^.;]{0,12}\b(?:as well|too|also)\b|\balso (?:used|applied|active)\b[^.;]{0,12}\b(?:val\w*|test)\b", r"!\bnot\b|\bn't\b")),
    ("validation_augmented", (r"\bsame (?:\w+ )?(?:transform\w*|augment\w*|generator|ImageDataGenerator|datagen)\b", r"\b(?:rotat\w+|zoom|shear|flip\w*|shift|augment\w*|crop\w*|jitter)\b", r"\bboth\b|\btrain\w*[^.;]{0,20}\bval\w*", r"!\b(?:not|n'?t) (?:use )?the same\b")),
    ("validation_augmented", (r"\b(?:same|identical) (?:random )?(?:transform\w*|augment\w*|ImageDataGenerator)\b[^.;]{0,80}\b(?:val\w*|both|test)\b|\baugment\w*[^.;]{0,30}\b(?:both|all)\b[^.;]{0,30}\b(?:sets?|splits?|train\w* and val\w*)|\baugment\w*[^.;]{0,25}\b(?:the )?(?:val\w*|test) (?:set|images|data)\b[^.;]{0,12}(?:too|as well|also)", r"!\b(?:not|without|only the train\w*|training only)\b")),
    ("labels_shuffled_alone", (r"\brandom\.shuffle\((?:\w*labels?\w*|y\w*|targets?)\)|\bshuffled? (?:only )?(?:my |the )?(?:labels|targets)\b", r"!\bimages and (?:the )?labels|\btogether\b|\bon purpose\b|\bto test\b|\bsame (?:order|seed|permutation)\b|\bpermutation test\b")),
    ("labels_shuffled_alone", (r"\bshuffl\w+\b[^.;]{0,40}\b(?:images|pictures|file ?names|names|paths|files|x)\b[^.;]{0,30}\b(?:forg[oe]t\w*|not|n'?t|without)\b[^.;]{0,40}\b(?:labels?|targets|y)\b",)),
    ("predictions_against_files", (r"\bpredict\w*", r"\b\w+\.classes\b", r"!\bshuffle\s?=\s?False\b")),
    ("orders_differ", (r"\b(?:images?|pictures?|files|photos)\b[^;]{0,40}\b(?:glob(?:\.glob)?|os\.listdir|listdir|iterdir|os\.walk)\b", r"\blabels?\b[^;]{0,40}\b(?:csv|excel|table|sheet|xlsx|txt|text file|json|data ?frame|line by line)\b", r"!\bsorted\b|\bby (?:file ?)?name\b|\bmerge\w*|\blook\w* up\b")),
    ("orders_differ", (r"\b(?:csv|excel|table|sheet|xlsx|json|data ?frame)\b[^;]{0,80}\b(?:images?|pictures?|files|photos)\b[^;]{0,40}(?<!sorted\(os\.)(?<!sorted\()\blistdir\b", r"!\bmerge\w*|\blook\w* up\b")),
    ("orders_differ", (r"\blistdir\b[^;]{0,140}\blabels?\b[^;]{0,60}\b(?:csv|excel|table|sheet|xlsx|text file|json|data ?frame)\b", r"!\bsorted\(")),
    ("orders_differ", (r"\blabels?\b[^.;]{0,60}\b(?:own|another|different|other|wrong|random) order\b|\border of (?:the )?(?:labels?|csv)\b[^.;]{0,40}\b(?:differ\w*|not)\b|\b(?:not|n'?t) (?:in )?the same order\b",)),
    ("stopped_by_patience", (r"\b(?:EarlyStopping|early stopping)\b[^;]{0,60}\b(?:stops?|stopped|ends?|interrupts?|quits?)\b[^.;]{0,30}\b(?:after|at|in)\b[^.;]{0,12}\d",)),
    ("stopped_by_patience", (r"\b(?:EarlyStopping|early stopping)\b[^;]{0,60}\b(?:stops?|stopped|stopping|ends?|interrupts?|quits?)\b[^.;]{0,25}\b(?:too (?:early|soon|fast)|prematurely)\b",)),
    ("still_improving", (rf"(?:{_ACC}|{_LOSS})[^.;]{{0,30}}\b(?:is |was |are )?still (?:growing|improving|rising|falling|decreasing|going|climbing|increasing|getting better)",)),
    # What an asker admits, or has found out: it needs no curve.
    ("scaled_apart", (rf"{_TRAIN}[^;]{{0,90}}\b(?:divid\w+|scal\w+|normali[sz]\w+|preprocess\w*|standardi[sz]\w+|mean|std)\b[^;]{{0,60}}{_VAL}[^;]{{0,30}}\bforg[oe]t", r"!\baugment\w*\b")),
    ("scaled_apart", (rf"{_TRAIN}[^;]{{0,60}}\b(?:divid\w+|scal\w+|normali[sz]\w+|preprocess\w*|standardi[sz]\w+)\b[^;]{{0,60}}\b(?:but|and|while|whereas|only)\b[^;]{{0,40}}\b(?:forg[oe]t\w*|not|n'?t|without|no|raw|only)\b[^;]{{0,40}}{_VAL}", r"!\baugment\w*\b")),
    ("scaled_apart", (rf"{_TRAIN}[^;]{{0,60}}\b(?:divid\w+|scal\w+|normali[sz]\w+|preprocess\w*|standardi[sz]\w+)\b[^;]{{0,60}}{_VAL}[^;]{{0,40}}\b(?:not|n'?t|without|raw|un\w+ed)\b", r"!\baugment\w*\b")),
    ("scaled_apart", (rf"\b(?:divid\w+|scal\w+|normali[sz]\w+|preprocess\w*|standardi[sz]\w+)\b[^.;]{{0,20}}{_TRAIN}[^;]{{0,60}}{_VAL}[^;]{{0,30}}\b(?:only|not|n'?t|without|just|raw|no)\b", r"!\baugment\w*\b|\bonly (?:on|with|from) (?:the )?train\w*")),
    ("scaled_apart", (rf"\b(?:forg[oe]t\w*|not|n'?t|without|never)\b[^;]{{0,30}}\b(?:divid\w+|scal\w+|normali[sz]\w+|preprocess\w*|rescal\w+)\b[^;]{{0,30}}{_VAL}", r"!\baugment\w*\b|\btrain\w*")),
    ("predicts_as_read", (r"\b(?:app|server|flask|api|phone|production|later|single (?:image|picture|photo)|own (?:image|picture|photo)s?)\b", r"\b(?:load|read|open)\w*\b[^;]{0,120}\bpredict\b", r"!\b(?:255|preprocess\w*|normali\w+|rescal\w+|scal\w+|divid\w+)")),
    ("predict_unprepared", (r"\btrain\w*\b[^;]{0,80}(?:255|preprocess_input|rescal)[^;]{0,60}\b(?:app|server|flask|api|phone|production)\b(?:(?!255|scal|normali|preprocess|divid)[^;]){0,140}\bpredict\b",)),
    ("predict_unprepared", (r"\bBGR\b[^;]{0,140}\bRGB\b|\bRGB\b[^;]{0,140}\bBGR\b", r"\b(?:production|predict\w*|inference|webcam|apps?|demo|deploy\w*|camera stream)\b", r"!\bconverted (?:to|into|back)\b|\bcvtColor\b")),
    ("channels_apart", (r"\bBGR\b[^;]{0,80}\bRGB\b|\bRGB\b[^;]{0,80}\bBGR\b", r"!\bproduction\b|\bpredict\w*|\binference\b|\bcvtColor\b")),
    ("predict_unprepared", (r"\b(?:predict\w*|inference|in (?:the|my) (?:app|demo|server|browser|api)|deploy\w*|serving|production)\b[^.;]{0,90}\b(?:without|not|n'?t|no|forg[oe]t\w*)\b[^.;]{0,20}\b(?:scal\w+|normali[sz]\w+|preprocess\w*|divid\w+|rescal\w+)|\b(?:without|not|n'?t|forg[oe]t\w*)\b[^.;]{0,20}\b(?:scal\w+|normali[sz]\w+|preprocess\w*|divid\w+|rescal\w+)\b[^.;]{0,60}\b(?:predict\w*|inference|in (?:the|my) (?:app|demo))\b",)),
    ("not_compiled_again", (r"\b(?:not|n'?t|without|forg[oe]t\w*|never)\b[^.;]{0,20}\b(?:re-?compil\w+|compil\w+ again)|\b(?:trainable|unfree?z\w+|fr[eo]e?z\w+)\b[^.;]{0,40}\bafter (?:the )?compil\w+", r"!\b(?:have to|should|must|need to)\b|\?")),
    ("labels_scaled", (r"\b(y_?\w*|labels?\w*)\s?=\s?\1\s?/\s?(?:255|256)\b",)),
    ("labels_scaled", (r"\b(?:divid\w+|scal\w+|normali[sz]\w+)\b[^.;]{0,40}\b(?:but also|and also|as well as|and) (?:the |my )?(?:labels?|targets)\b", r"!\bregression\b|\b(?:encode|one-?hot)\w*")),
    ("no_hidden_activations", (r"\b(?:none|no one|not one|neither) of (?:the |my )?(?:\w+ )?layers\b[^.;]{0,20}\b(?:has|have|uses?|had)\b[^.;]{0,20}\bactivation|\b(?:hidden |dense |conv\w* )?layers\b[^.;]{0,20}\b(?:without|have no|had no|lack)\b[^.;]{0,12}\bactivations?\b|\bforgot\w*[^.;]{0,20}\bactivations?\b[^.;]{0,30}\blayers\b", r"!\b(?:last|output|final)\b")),
    ("scaled_to_unit", (r"\b(?:divid\w+|scal\w+|normali[sz]\w+|rescal\w+)\b[^.;]{0,40}(?:\b255\b|\[0 ?[,;.]{1,2} ?1\]|\b0 ?(?:to|\.\.|-|–|and) ?1\b)", r"!\b(?:should|not|n't|instead of|labels?|after)\b")),
    ("reshaped_channels", (r"\(\w{1,6}, ?\d{2,4}, ?\d{2,4}, ?[13]\)[^;]{0,120}\b(?:reshape|view)\(\(?[\w.\[\]-]{1,12}, ?[13], ?\d{2,4}, ?\d{2,4}\)",)),
    ("reshaped_channels", (r"\b(?:reshape\w*|view)\b[^;]{0,25}\(? ?[13] ?, ?(\d{2,4}) ?, ?\d{2,4} ?\)?[^;]{0,15}\b(?:to|into|->|as)\b[^;]{0,6}\(? ?\d{2,4} ?, ?\d{2,4} ?, ?[13] ?\)?|\b(?:reshape\w*|view)\b[^;]{0,25}\(? ?\d{2,4} ?, ?\d{2,4} ?, ?[13] ?\)?[^;]{0,15}\b(?:to|into|->|as)\b[^;]{0,6}\(? ?[13] ?, ?\d{2,4} ?, ?\d{2,4} ?\)?",)),
    ("labels_scaled", (r"\b(?:labels?|targets|y|classes)\b[^.;]{0,20}\b(?:are|is|were|was|get|got|too|also|as well)\b[^.;]{0,25}\b(?:divided|scaled|normali[sz]ed|cast to u?int8)\b", r"!\b(?:images?|pixels?|x|inputs?|regression|not|n't)\b")),
    ("class_missing", (r"\b(?:no|not a single|zero|0) (?:images?|pictures?|samples?|examples?)\b[^.;]{0,25}\b(?:of|from|for) (?:one|some|a|that|this|class|the)\b[^.;]{0,40}\b(?:val\w*|train\w*|test)|\bclass(?:es)?\b[^.;]{0,30}\b(?:missing|absent|empty)\b[^.;]{0,30}\b(?:val\w*|train\w*|test)|\b(?:val\w*|train\w*|test)\b[^.;]{0,40}\b(?:lacks?|misses|is missing|does not contain|has no)\b[^.;]{0,25}\bclass",)),
    ("gradients_vanish", (r"\bgradients?\b[^.;]{0,60}\b(?:vanish\w*|(?:almost|nearly|practically|close to|about|exactly|all) ?(?:0|zero)|tiny|1e-\d+|10\^-\d+)|\bvanishing gradients?\b",)),
    ("gradients_explode", (r"\bgradients?\b[^.;]{0,60}\b(?:explod\w*|huge|enormous|1e\+?\d+|10\^\d+|infinite|inf)\b|\bexploding gradients?\b",)),
    ("starts_alike", (r"\b(?:weights?|kernels?)\b[^;]{0,30}\b(?:tf|np|torch)\.zeros\b|\b(?:weights?|kernels?|initiali[sz]\w+)\b(?:(?!->|→|=>|\bfinds?\b|\bpredicts?\b)[^.;\d]){0,40}\b(?:to |with |as |all )?(?:zeros?|0(?!\.\.|[.,-]\d|\s?(?:to|-)\s?\d)|ones|a constant|constants?|the same value)\b|\b(?:zero|constant)[ -]initiali[sz]\w+|kernel_initializer\s?=\s?['\"]?(?:zeros|ones)", r"!\bbias\w*\b|\bclass weight|\bweight decay|\bimagenet\b|\baccurac\w+ (?:\w+ ){0,3}(?:of|with) |\bEMA\b")),
    ("starts_late", (r"\b(?:first|initial) (?:\d+|few|two|three|four|five|ten|several)\b[^.;]{0,12}\bepochs\b[^.;]{0,60}\b(?:nothing|flat|constant|chance|no (?:progress|learning|change)|does not|doesn'?t|stays?|stuck)\b[^;]{0,80}\b(?:then|after that|afterwards|suddenly|from epoch)\b[^;]{0,60}\b(?:learns?|falls?|rises?|drops?|improves?|goes|takes off|starts?)\b",)),
    ("both_low", (rf"\b(?:neither|both|train\w* and val\w*|train\w* as well as val\w*)\b[^.;]{{0,160}}\b(?:exceeds?|low|poor|bad|stay\w*|stuck|do not (?:exceed|rise|improve)|don'?t (?:exceed|rise|improve)|plateau\w*|about|around|below|under)\b[^.;]{{0,25}}(?:{_LOW}|\b(?:low|bad|poor)\b)", r"!\bloss(?:es)? (?:are|is) low\b")),
    ("few_updates", (r"\b(?:one|1|two|2|three|3|only a few|just a few|a handful of) (?:updates?|steps?|batch(?:es)?|iterations?) (?:per|an|each|every|in (?:an|one|each)) epoch\b",)),
    ("rate_vanished", (r"\b(?:learning[ _]rate|lr)\b (?:\w+ ){0,2}(?:is|has|falls|fell|drops|dropped|reaches|reached|goes|went|gets|becomes)\b[^.;]{0,25}(?:\b1e-(?:[7-9]|\d\d)|\b0\.00000\d+|\b(?:almost|nearly|practically) (?:0|zero)\b)", r"\b(?:after|then|at the end|by|from epoch|soon|quickly)\b")),
    ("rate_vanished", (r"\b(?:brought|brings?|took|takes|reduced|lowered|cut|driv\w+|drove)\b[^.;]{0,20}\b(?:learning[ _]rate|lr)\b[^.;]{0,12}\bto (?:1e-(?:[7-9]|\d\d)|0\.00000\d+|(?:almost|nearly|practically) (?:0|zero))",)),
    ("falls_slowly", (rf"{_LOSS}[^.;]{{0,40}}\b(?:very|extremely|so|too|really|painfully) (?:very )?slow(?:ly)?\b|\b(?:very|extremely|too|really|painfully) slow(?:ly)?\b[^.;]{{0,30}}\b(?:learn\w*|converg\w*|decreas\w*|improv\w*)", r"!\bseconds?\b|\bminutes?\b|\bhours?\b|\bGPU\b|\bCPU\b")),
    ("loss_explodes", (rf"{_LOSS}[^.;]{{0,30}}\b(?:explod\w+|blows? up|diverg\w+|goes to infinity|skyrocket\w*|becomes? huge|grows without)|损失[^。]{{0,6}}爆炸|потер\w+[^.]{{0,20}}взрыва", r"!\bval\w*|\btest\b")),
    ("few_units", (r"\b(?:only|just)\s(?:\d|one|two|three|four|five)\s(?:hidden )?(?:units|neurons|nodes|filters)\b",)),
    ("encoding_mixed_up", (r"\bsparse_categorical\w*[^.;]{0,80}\bto_categorical\b|\bto_categorical\b[^.;]{0,80}\bsparse_categorical", r"!\?|\bdifference\b|\binstead\b|\bshould\b|\bwithout\b|\bremov\w+|\bnot\b")),
    ("softmax_before_cross_entropy", (r"(?<!log_)(?<!log)\bsoftmax\b", r"\bCrossEntropyLoss\b", r"!\?|\bdifference\b|\binstead\b|\bshould\b|\bwithout\b|\bremov\w+|\bnot?\b|\bn't\b|\blog_?softmax\b|\bargmax\b|\bafter training\b|\bpredict\w*")),
    ("encoding_mixed_up", (r"\bone-?hot\b[^.;]{0,80}\bsparse_categorical|\bsparse_categorical\w*[^.;]{0,80}\bone-?hot\b|\binteger labels\b[^.;]{0,80}(?<!sparse_)\bcategorical_crossentropy", r"!\?|\bdifference\b|\binstead\b|\bshould\b|\bor\b")),
    ("other_preprocessing", (r"\bwrong preprocess\w*|\b(?:forg[eo]t\w*|without|no|not) (?:\w+ )?preprocess_input\b|\bpreprocess_input\b[^.;]{0,25}\b(?:of|from) (?:another|the other|a different|the wrong)\b", r"!\?")),
    ("modes_mixed", (r"\b(?:some|a few|part of|half of|several|most)\b[^.;]{0,25}\b(?:images|pictures|files|them)\b[^.;]{0,30}\b(?:gr[ae]y-?scale|RGBA|CMYK|16[ -]bit|palette|four channels|alpha channel|4 channels)\b", r"!\ball (?:images|pictures)\b")),
    ("momentum_near_one", (r"\bBatch[ -]?Norm\w*\b[^.;]{0,40}\bmomentum\b[^.;\d]{0,6}0?\.99\d*", )),
    ("depends_on_batch", (r"\b(?:predictions?|outputs?|results?|scores?)\b[^.;]{0,50}\b(?:depends?|differs?|changes?|varies|vary|different)\b[^.;]{0,60}\bbatch\b", r"!\bbatch size of the training|\bspeed\b|\bfaster\b")),
    ("depends_on_batch", (r"\b(?:test\w*|inference|evaluat\w*|predict\w*|validat\w*)\b", r"\b(?:accurac\w+|results?|predictions?|outputs?|scores?)\b[^.;]{0,60}\b(?:depends?|differs?|changes?|varies|vary|different|increases?|rises?|better|higher|lower|drops?)\b[^.;,]{0,20}\b(?:on|with|by|when|if|for|at)\b[^.;,]{0,25}\bbatch[ _-]?size|\b(?:chang\w+|other|different|smaller|larger|with|at)\b[^.;,]{0,12}\bbatch[ _-]?size\b[^.;]{0,60}\b(?:different|other|another|higher|lower|better|changes?)\b[^.;]{0,30}\b(?:accurac\w+|results?|predictions?|outputs?|scores?)\b|\b(?:different|other|another)\b[^.;]{0,20}\b(?:accurac\w+|results?|predictions?|outputs?|scores?)\b[^.;,]{0,12}\b(?:with|for|at|by)\b[^.;,]{0,15}\bbatch[ _-]?size", r"!\b(?:train|trains|training|retrain\w*|learning[ _]rate|speed|faster|memory)\b")),
    ("depends_on_batch", (r"\bsame (?:\w+ )?(?:image|picture|photo|sample|input)\b", r"\b(?:different|another|other|changes?)\b[^.;]{0,30}\b(?:accurac\w+|results?|predictions?|outputs?|scores?|class|answers?|probabilit\w+)\b", r"\b(?:another|a different|a larger|the same|which) batch\b|\b(?:alone|by itself|on its own)\b[^.;]{0,80}\b(?:together|others?|batch)\b|\bother images (?:in|of) the batch\b", r"!\b(?:train|training)\b")),
    ("worse_in_eval_mode", (r"(?<![A-Za-z])(?:is_training|phase_train|training|learning_phase)\b", r"\bFalse\b[^.;]{0,60}\b(?:worse|low|lower|drops?|bad|poor|chance|random)\b|\b(?:worse|lower|drops?|bad|poor)\b[^.;]{0,40}\bFalse\b", rf"\bTrue\b[^.;]{{0,60}}(?:{_HIGH}|\b(?:better|higher|works?)\b)", r"!\btrainable\b")),
    ("without_batchnorm_fine", (r"(?<![A-Za-z])batch[ _-]?norm\w*|\bBN\b", r"\b(?:turn\w*|switch\w*)\b[^.;]{0,25}\boff\b|\bdisabl\w+", rf"(?:{_VAL}|{_ACC})[^.;]{{0,40}}(?:{_HIGH}|\b(?:fine|normal\w*|as expected)\b)", r"!\bn[o']t (?:\w+ )?(?:train|learn|converge|work)")),
    ("half_precision_used", (r"(?<!\w)(?:--)?fp16\b|\bhalf[ -]precision|\bmixed[ -]precision|\bfloat16\b|\bautocast\b|\bGradScaler\b|\bAMP\b|\bapex\b|\bmixed_float16\b|半精度|混合精度",)),
    ("full_precision_fine", (r"\b(?:without|no|disabl\w+|turn\w* off|switch\w* off|instead of)\b[^.;]{0,20}(?:fp16\b|\bhalf[ -]precision|\bmixed[ -]precision|\bfloat16\b|\bautocast\b|\bAMP\b|\bapex\b)|\b(?:fp32|float32|full precision)\b", rf"{_GOOD}|\b(?:good|normal\w*|fine|stable|never|no nan)\b|\bdoes not (?:happen|occur|diverge)", r"!\?")),
    ("resumed", (r"\b(?:resum\w+|restart\w*|continu\w+|reload\w*)\b[^.;]{0,40}\b(?:from|with|of)\b[^.;]{0,20}\b(?:checkpoint|saved|snapshot|weights|last epoch|epoch \d+)\b|(?:从|自).{0,12}(?:恢复|继续)训练", r"!\?")),
    ("loss_does_not_fall", (rf"{_LOSS}[^.;]{{0,12}}\b(?:does not|doesn'?t|do not|don'?t|did not|didn'?t|is not|isn'?t|never|won'?t|will not)\b (?:seem to |really |even |want to )?(?:descend\w*|decreas\w*|fall\w*|drop\w*|go(?:ing)? down|converg\w*|improv\w*)\b(?! (?:below|under|any ?more|after|past|further))", rf"!\b(?:until|(?<!but )then|anymore|any more|further)\b|{_VAL}")),
    ("units_silent", (r"\bactivations?\b[^.;]{0,60}\b(?:are|is|become|all)\b[^.;]{0,10}(?:\b(?:all )?(?:0|zeros?)\b|0\.0)|\b(?:dead|dying) (?:relus?|units|neurons)\b|\b(?:all|most) (?:relus?|units|neurons) (?:are |have )?(?:die|died|dead|zero|output 0)",)),
    ("nothing_trainable", (r"\ball (?:the |my )?(?:weights|layers|parameters)(?: of (?:the|my) (?:model|network))? (?:are|were|is) frozen\b(?! (?:except|but))|\b(?:model|net)\.trainable\s?=\s?False\b[^.;]{0,30}\bafter\b|(?<![\w-])Trainable params:?\s*0\b(?![.,]\d)|\b(?:zero|no|0) trainable (?:parameters|params|weights)",)),
    ("jump_at_schedule", (r"\b(?:restarts?|cosine\w*|step[ -]?decay|cycl\w+|ReduceLROnPlateau|warm-?up|schedul\w+|milestones?|learning rate (?:is )?(?:drop\w*|divided|reduced|lowered|decayed)|lr (?:is )?(?:drop\w*|divided|reduced|lowered))", r"\b(?:jump\w*|drops?|falls?|dip\w*|peaks?|spik\w+|steps?|bump\w*|kink\w*|sudden\w*)\b", rf"{_LOSS}|{_ACC}|\bcurve\b", r"!\b(?:session|colab|checkpoint|resum\w+|saved|kernel)\b")),
    ("saw_tooth", (rf"{_ACC}|{_LOSS}", r"\bto (?:1(?:\.0+)?|100 ?%|0(?:\.0+)?)\b,?[^.;]{0,8}\bthen\b[^.;]{0,12}\bto (?:0(?:\.0+)?|1(?:\.0+)?|zero)(?![\d%])[^;]{0,20}\b(?:and so on|again|etc|over and over|repeat\w*)")),
    ("saw_tooth", (r"\b(?:within|inside|during|in) (?:one|each|every|the) epoch\b|^[^.;]{0,12}\b(?:within|inside|during) an epoch\b|\bsaw-?tooth\w*|\bat regular intervals\b|\bperiodic\w*|\bonce (?:for|per) each\b", r"\b(?:jump\w*|saw-?tooth\w*|ris\w+|climb\w*|peaks?|spik\w+|goes up)\b", r"!\bepochs? \d|\brestart\w*|\bcosine\b|\bcycl\w+|\bschedul\w+")),
    ("worse_in_eval_mode", (r"\beval\(\)|\b(?:eval(?:uation)?|inference) mode\b|\btraining\s?=\s?False\b", rf"{_LOW}|\b(?:drops?|worse|garbage|wrong|nonsense|useless|broken|fails?|one class)\b", r"\btrain\(\)|\btrain(?:ing)? mode\b|\btraining\s?=\s?True\b|\bwithout (?:it|eval)\b", rf"{_GOOD}|{_HIGH}|\b(?:ok|okay|right|correct)\b")),
    ("worse_in_eval_mode", (r"\btraining\s?=\s?True\b[^.;]{0,40}\b(?:right|correct|fine|good|works?|well)\b", r"\b(?:garbage|wrong|bad|random|nonsense|not|worse)\b")),
    ("predict_unprepared", (r"\b(?:predict\w*|inference|tf-?lite|app|phone|browser|server|deploy\w*|webcam|c\+\+|android|ios)\b[^;]{0,140}\b0\s?(?:-|–|to|\.\.)\s?255", r"\bpreprocess\w*|\brescal\w*|\bnormali\w+|\bdivid\w+|\bscal\w+")),
    ("loss_negative", (rf"{_LOSS}[^.;]{{0,40}}\b(?:is |are |becomes? |goes |gets? |turns )?negative\b|\bnegative (?:training |validation )?loss\b|损失[^。]{{0,8}}负|отрицательн\w+ потер\w*|потер\w+ отрицательн\w*", r"!\bnegative ?\?")),
    ("raw_pixels", (r"\b(?:imread|load_img|Image\.open)\b|картин\w+|изображени\w+|\b(?:images?|pictures?|photos?|pixels?)\b", r"(?:как есть|\bas (?:they are|is|it is)\b|\bunchanged\b|tal cual|wie sie sind)[^.;]{0,12}\b0\s?(?:-|–|to|\.\.)\s?255", rf"!\b(?:(?:{_SCALES_INSIDE})\w*|Rescaling)\b")),
    ("raw_pixels", (r"\bforg[oe]t(?:ten)?\b[^.;]{0,12}\b(?:divid\w+|scal\w+|rescal\w+|normali[sz]\w+)\b[^.;]{0,25}", r"\b255\b|\bimages?\b|\binputs?\b|\bpixels?\b", r"!\bval\w*\b|\btest\b|\bpredict\w*|\bapp\b|\binference\b")),
    ("raw_pixels", (r"\b(?:not|n'?t|never|no)\b[^.;]{0,16}\b(?:pre-?process\w*|scal\w+|rescal\w+|normali[sz]\w+|divid\w+)\b[^.;]{0,30}\b(?:x_\w+|images?|pictures?|pixels?|inputs?|them|data)\b|\b(?:images?|pictures?|pixels?|inputs?|x_\w+)\b[^.;]{0,16}\b(?:not|n'?t|never)\b[^.;]{0,10}\b(?:pre-?processed|scaled|rescaled|normali[sz]ed|divided)\b", rf"!\b(?:{_SCALES_INSIDE})|\b(?:do|need|have|should|must) (?:I|we)\b|\bneed\b|\bval\w*\b|\btest\b|\bpredict\w*|\bapp\b|\blabels?\b|\btargets?\b")),
    ("raw_pixels", (r"\b(?:feed|fed|pass\w*|give|given|goes|go|used?|input)\b[^.;]{0,60}\b0\s?(?:-|–|to|\.\.)\s?255\b", rf"!\b(?:scal\w+|divid\w+|normali\w+|rescal\w+|preprocess\w*|(?:{_SCALES_INSIDE})\w*|documentation|expects?|android|ios|phone|mobile|tflite|flask|server|browser|app|predict\w*|inference|deploy\w*)\b")),
    ("raw_pixels", (r"\bvalues?\b[^.;]{0,25}\b(?:between|from|range\w*|in|are)\b[^.;]{0,12}\b0\b[^.;]{0,6}\b255\b", rf"!\b(?:scal\w+|divid\w+|normali\w+|rescal\w+|preprocess\w*|(?:{_SCALES_INSIDE})\w*|documentation|expects?)\b")),
    ("raw_pixels", (r"не дел\w+|\bstraight (?:in)?to the (?:net\w*|model|cnn)|\b(?:raw|un-?scaled|un-?normali[sz]ed|not (?:scaled|normali[sz]ed|divided)|without (?:scaling|normali[sz]\w+|dividing)|directly|as they are)\b|直接|没有归一化|未归一化|не нормализ\w+|без нормализ\w+", r"\b(?:pixels?|images?|values?|inputs?)\b|0\s?(?:-|–|to|\.\.)\s?255|像素|图片|图像|пиксел\w+|изображени\w+", r"0\s?(?:-|–|to|\.\.)\s?255|\b(?:un-?scaled|un-?normali[sz]ed|not (?:scaled|normali[sz]ed|divided)|without (?:scaling|normali[sz]|dividing))|не дел\w+ на 255|归一化|нормализ\w+", rf"!\bRescaling\b|\b(?:{_SCALES_INSIDE})|\bwould\b")),
    ("keras_loader", (r"\b(?:flow_from_directory|image_dataset_from_directory|flow_from_dataframe|load_img|PIL|Pillow|ImageFolder)\b|\(RGB\)",)),
    ("stuck_at_chance", (r"\b(?:stays?|stuck|remains?|hovers?) (?:at|around|near) (?:about )?(?:chance|random|50 ?%|0\.5\b|10 ?%|0\.1\b|25 ?%)|\bdoes(?:n'?t| not) learn\b|\b(?:is|are) not learning\b|\bcan(?:not|'t) learn|\brandom guessing|не обучается|学不到|不学习",)),
    ("collapsed_after_learning", (rf"{_LOSS}[^.;]{{0,20}}\b(?:jumps?|leaps?|goes|went|rises?|shoots?|jumped)\b[^;]{{0,12}}\d[^;]{{0,30}}\b(?:stays?|stayed|remains?|never (?:recovers|comes back))\b", r"\bafter\b[^.;]{0,30}\bepochs\b|\bsuddenly\b", r"!\bval\w*|\bresum\w+|\brestart\w*|\bunfre\w+|\bfine-?tun\w+")),
    ("collapsed_after_learning", (r"\b(?:gets?|goes|reach\w*|was|is)\b[^.]{0,20}(?:above|to|over|up to|fine|well|good)?\s?(?:0?[.,]9\d|9\d ?%)|\bworked? (?:well|fine)|\beverything looked good|\bgoes (?:fine|well)|\bafter epoch \d+|\bafter (?:some|a few|several|\d+)(?: hundred| thousand)? (?:epochs|steps|iterations|batches)",
                                  r"\b(?:collaps\w*|(?:suddenly |then )(?:\w+ ){0,3}(?:drops?|dropped|falls?|fell)|drops? (?:back )?to (?:chance|50|10|0)|much worse|loss (?:suddenly )?is (?:0\.69|1\.09|1\.38|1\.60|2\.30)|accuracy 0\.50?(?!\d))", r"!\bresum|!\bcheckpoint", _SAME_FIGURE)),
    ("got_worse_again", (r"\btrain(?:ing)?[ _]loss\b(?: \w+){0,2} (?:itself |then |suddenly |slowly |again ){0,2}(?:(?:begins?|starts?) to (?:rise|increase|climb|grow|go up)|rises?|climbs?|goes (?:back )?up|increases?|sho(?:t|ots) up|jump(?:s|ed)|leap(?:s|t|ed))\b", r"\b(?:until|till|up to|after|at|from|by) (?:epoch |about epoch |step )?\d{2,}|\bepochs? \d{2,}", r"!\bval\w*|\bbegins? training|\bfrom the (?:beginning|start|first)\b")),
    ("got_worse_again", (rf"\b(?:training AND validation|both)\b[^.]{{0,40}}{_TRAIN}?|\btrain(?:ing)?[ _]loss\b", r"\bmuch worse\b(?![^.;]{0,20}\bthan\b)|\b(?:starts? to )?(?:go(?:es)?|rise|grow|increase)s? (?:up )?again|\brises? again|\bincreas\w+ again")),
    ("jump_at_resume", (r"\b(?:restart\w*|resum\w+|continu\w+)\b[^.;]{0,60}\b(?:weights|checkpoint|training)\b|\b(?:from|with) (?:the )?saved (?:weights|checkpoint)", rf"{_LOSS}|{_ACC}", r"\b(?:much|far|first) (?:\w+ )?(?:larger|higher|bigger|worse|lower)\b|\bback (?:up|at the start)\b", r"!\bval\w*|\btest\b")),
    ("jump_at_resume", (r"\b(?:restart\w*|resum\w+|continu\w+|go(?:ing)? on|next (?:day|session|run)|load_state_dict|load_weights)\b", rf"{_LOSS}[^.;]{{0,20}}\b(?:is|goes|jumps?|starts?|was|went)\b[^.;\d]{{0,12}}\bup\b[^.;\d]{{0,12}}\d", r"!\bval\w*|\btest\b")),
    ("jump_at_resume", (r"\b(?:restart\w*|resum\w+|continu\w+|reload\w*)\b[^;]{0,50}\b(?:saved|weights|checkpoint|training)\b", rf"{_LOSS}[^.;]{{0,20}}\b(?:twice|three times|\d times|double|several times)\b", r"!\bval\w*|\btest\b")),
    ("jump_at_resume", (r"\b(?:step\w*|goes?|jump\w*|bump|rise\w*) (?:up|upwards?|higher)\b|\b(?:step|bump|peak) up", r"\b(?:at|after|with|on) (?:every|each|the|a) (?:re-?start|resum\w+|session|continu\w+)|\b(?:load_state_dict|load_weights|state_dict)\b", rf"{_LOSS}|{_ACC}|\bcurve\b")),
    ("jump_at_resume", (r"\b(?:restart\w*|resum\w+|continu\w+|load_weights|load_model|load\w* (?:the )?(?:weights|checkpoint|model))\b", rf"{_LOSS}[^.;]{{0,20}}\b(?:is|was|starts? at|begins? at|jumps? to)\b[^.;]{{0,6}}\d[.,]\d+[^.;]{{0,6}}\b(?:instead of|not|rather than|although|while it was)\b[^.;]{{0,20}}\d", r"!\b(?:val\w*|test|eval\w*)\b")),
    ("jump_at_resume", (r"\bjump\w*\b|\bdips?\b|\bdrops?\b|\bdiscontinuit|\bspike|\bmuch higher\b|\bstarts? (?:over|from scratch|again high)", r"\b(?:second run|resum\w+|restart\w*|continu\w+|from (?:the )?saved|checkpoint|load(?:ed|ing)? (?:the )?weights)\b", rf"{_LOSS}|{_ACC}|\bcurve\b")),
    ("val_loss_and_accuracy_rise", (rf"\bval(?:idation)?[_ ]loss\b(?: \w+){{0,2}} {_UP}", r"\b(?:but|while|yet|although)\b[^;]{0,10}\bval(?:idation)?[_ ]acc(?:uracy)?\b[^.;]{0,25}\bfrom (?P<low>0[.,]\d+|\d\d) ?%? ?(?:to|up to|->) ?(?!(?P=low))(?:0[.,][6-9]\d*|[6-9]\d)")),
    ("val_loss_and_accuracy_rise", (rf"\bval(?:idation)?[ _]loss\b[^.]{{0,30}}{_UP}", rf"\b(?:while|and|but|yet)\b[^.]{{0,40}}\b(?:val_)?acc(?:uracy)?\b[^.]{{0,30}}(?:\balso\b|\bstill\b|\btoo\b|{_BETTER}|keeps improving)", r"!\bacc(?:uracy)? (?:also )?(?:falls|drops|decreases)")),
    ("val_loss_and_accuracy_rise", (rf"\bval(?:idation)?[_ ]acc(?:uracy)?\b[^.;]{{0,30}}\b(?:plateaus?|stays?|holds?|is (?:stable|constant|flat)|remains?|does not (?:fall|drop)|stable|constant)\b[^;]{{0,50}}\bval(?:idation)?[_ ]loss\b(?: \w+){{0,2}} {_UP}",)),
    ("val_loss_and_accuracy_rise", (rf"\bval(?:idation)?[_ ]loss\b(?: \w+){{0,3}} {_UP}[^;]{{0,50}}\b(?:while|but|although|yet)\b[^;]{{0,20}}\bval(?:idation)?[_ ]acc(?:uracy)?\b[^.;]{{0,30}}\b(?:plateaus?|stays?|holds?|is (?:stable|constant|flat)|remains?|does not (?:fall|drop)|stable|constant)\b",)),
    ("val_loss_and_accuracy_rise", (r"\bval_acc(?:uracy)? (?:improves|rises|increases)", r"\bval_loss\b[^.]{0,80}\brises")),
    ("val_loss_and_accuracy_rise", (r"\bloss and (?:the )?accuracy\b[^.]{0,20}\bboth\b|\bboth (?:the )?(?:validation )?loss and (?:the )?(?:validation )?accuracy\b", rf"{_UP}")),
    ("training_improves", (r"\btrain(?:ing)?[ _]loss\b[^.;]{0,20}\b(?:goes|went|falls|fell|is|drops|reaches|keeps)\b[^.;]{0,14}\b0?\.0\d|\btrain(?:ing)?[ _]loss\b[^.;]{0,12}\b(?:gets?|goes|is|comes?|approaches|tends|falls?|drops?)\b[^.;]{0,12}\b(?:zero|0)(?![.,]\d)",)),
    ("training_improves", (r"\b(?:learns?|memori[sz]es?|fits?)\b[^.;]{0,30}\btrain\w* (?:set|data|images)\b[^.;]{0,20}\b(?:by heart|perfectly|completely)|\bby heart\b|\bmemori[sz]\w+ (?:the )?train\w*",)),
    ("training_improves", (rf"\btrain(?:ing)?[ _]acc(?:uracy)?\b(?: \w+){{0,2}} {_BETTER}|\btrain(?:ing)?[ _]loss\b(?: \w+){{0,2}} {_DOWN}",)),
    ("curves_close_with_gap", (r"跟着训练曲线|follows? the training curve|close to the training curve|just (?:a bit|slightly) (?:below|above) the training curve",)),
    ("other_backbone_works", (rf"\b(?:{_WITHOUT_BATCHNORM})\b (?:does not|doesn'?t|do not) (?:show|have|do|suffer)",)),
    ("other_backbone_works", (rf"\b(?:(?:{written()})\w*|simple CNN|own CNN)\b", r"\b(?:with|using|use|same code)\b|\bс\b|用", rf"{_GOOD}|\b(?:is|are|both|reaches|gets?|gives|to|around)\b[^.]{{0,12}}(?:0?[.,][89]\d*|[89]\d\s?%)", r"!\b(?:not|doesn'?t|does not|fails?)\b")),
    ("without_batchnorm_fine", (r"\bBatch[ -]?Norm\w*|\bthese layers\b|\bBN\b", r"\bsince then\b|\bwithout\b|\bremov\w+\b|\btake out\b", rf"\bdoes not (?:happen|occur|do|show|appear|jump|spike|differ)|\bfine\b|\bno problem|\bnot do it\b|{_GOOD}", r"!\bn[o']t (?:\w+ )?(?:train|learn|converge|work)")),
    ("batch_size_changes_it", (r"\bbatch size \d+\b[^.]{0,60}\bagree|\bwith batch size \d+[^.]{0,80}\bbatch size \d+|\b(?:larger|smaller|bigger) batch(?:es| size)\b[^.]{0,30}\b(?:fixes|solves|works|helps)",)),
    ("without_augmentation_reverse", (r"\bwithout (?:the )?(?:data )?augmentation|без (?:аугментации|увеличения данных)|没有(?:数据)?增强", r"\b(?:other way|opposite|reverse\w*|vice versa|fine)\b|наоборот|相反")),
    ("since_augmentation", (r"\b(?:added|use|using|with)\b[^.]{0,30}\bAugment\w*|\b(?:Auto|Rand|Trivial)-?Augment\w*|\bdata augmentation\b|\b(?:mix|cut)-?(?:up|mix)\b|\b(?:heavy|strong|hard) augmentations?\b", r"\bsince then\b|\bnow\b|\bafter that\b|\bsince\b|\badded\b|\bwith\b|\buse\b|\bon\b")),
    ("same_data_for_both", (r"\b(?:predict\w*|evaluat\w*)\b[^.;]{0,25}\b(?:on|for) (?:these|those|the|this|exactly) (?:very |same |exact |identical |training ){1,3}(?:\d+ )?(?:images|data|samples|pictures|batch|train\w*)",)),
    ("same_data_for_both", (r"\b(?:predict\w*|evaluat\w*)\b", r"\bon (?:exactly |precisely )?(?:the )?(?:very |exact )?same (?:data|images|samples|pictures|batch(?:es)?|set)\b", rf"{_TRAIN}|\bfit\b")),
    ("same_data_for_both", (r"\bsame (?:images|data|set|pictures|files|folder|array\w*|generator|batch|samples)\b[^.;]{0,20}\b(?:as|for|in) (?:the )?(?:val\w*|test\w*)\b",)),
    ("same_data_for_both", (r"\b(?:pass|use|take|give|feed)\w*\b[^.]{0,40}\b(?:train\w*|same) (?:data|set|images)\b[^.]{0,30}\b(?:as (?:the )?val|for (?:both )?(?:training|validation)|for both)|\buse it for training and for validation|\bdata are identical",)),
    ("same_data_for_both", (r"\b(?:us\w+|took|take|pass\w*|gave|give|set|put)\b[^.;]{0,25}\btrain\w* (?:data|set|images|folder|directory|generator)\b[^.;]{0,20}\b(?:for|as|also for) (?:the )?validation",)),
    ("same_data_for_both", (r"\bsame (?:data|images|set)\b[^.]{0,40}\b(?:training and (?:for )?validation|train and val)",)),
    ("same_distribution", (r"\bvalidation (?:data|set|images)\b[^.]{0,40}\b(?:made|generated|drawn|created) (?:in the same way|the same way|identically)|\bsame distribution\b",)),
    ("worse_in_eval_mode", (r"\b(?:model|net)?\.?eval(?:\(\)| mode)|\binference mode|\btraining\s?=\s?False|\blearning_phase", r"\b(?:train(?:\(\)| mode)|training\s?=\s?True|same|without (?:it|eval))", rf"{_LOW}|\b(?:drops?|worse|garbage|wrong|incredibly low)\b", r"!\bdropout only\b")),
    ("rescales_inside", (r"\b(?:Rescaling|rescal\w+|normali[sz]ation|preprocess\w*)\b[^.]{0,40}\b(?:inside|within|part of|in) the (?:model|network)\b|\b(?:model|network)\b[^.]{0,20}\b(?:contains|includes|begins with|starts with|has)\b[^.]{0,20}\b(?:Rescaling|Normalization)\b",)),
    ("two_counts_differ", (r"\bargmax\b|\bcount\b", r"\banother one\b|\bdiffer\w*\b|\bnot equal\b|\bshould be equal")),
    ("classes_swapped", (r"\bcalls? the (\w+) (\w+) and the \2 \1\b|\b(?:classes|labels) (?:are|get|seem to be|were) (?:swapped|mixed up|exchanged|switched)|\bswaps the classes|\b(\w+) (?:are|is) (?:predicted|classified|labelled) as (\w+) and \4 as \3\b",)),
    ("accuracy_of_regression", (r"\bregress\w+\b|\bpredict\w* (?:the )?(?:\w+ )?(?:prices?|ages?|temperatures?|weights?|heights?|distances?|angles?)\b", rf"{_ACC}[^.;]{{0,20}}\b(?:0|zero|0[.,]0+(?:e\+00)?)(?![.,]?[\d%])", r"!\blogistic\b")),
    ("accuracy_too_high", (r"\btoo good to be true\b|\b(?:is|are|looks?|seems?|be|results?|accurac\w+) (?:\w+ ){0,2}too good for (?:a|an|my|our|this|the|such)\b",)),
    ("drops_at_epochs", (r"\bstair-?(?:case|step)s?\w*|\bstairs\b|\bstep-?like\b|\bsudden\w*\b[^.;]{0,20}\b(?:drop|fall|decrease)\w*|\b(?:drop|fall)s?\b[^.;]{0,20}\b(?:sharply|suddenly|abruptly)", r"\b(?:new|each|every|next|the) epochs?\b|\bepoch (?:boundar\w+|starts?|begins?|changes?)", _LOSS, r"!\b(?:accurac\w+|validation|val)\b")),
    ("accuracy_too_high", (r"\baccuracy\b", r"\bmuch higher than (?:anything|expected|in)|\btoo high\b|\btoo good\b|\bsuspicious\w*")),
    ("worse_after_fine_tuning_began", (r"\bunfree?z\w+|\bfine-?tun\w+|\btrainable\s?=\s?True|\bthaw\w*", rf"\b(?:after (?:the|one) (?:first )?epoch|immediately|at once|then|suddenly|now)\b[^.;]{{0,30}}(?:{_ACC})[^.;]{{0,20}}(?:{_LOW})|(?:{_ACC})[^.;]{{0,25}}\b(?:drops?|falls?|collapses?|goes down)\b[^.;]{{0,20}}\d", r"!\b(?:improv\w*|better|higher)\b")),
    ("worse_after_fine_tuning_began", (r"\baccuracy (?:is|gets) (?:much )?(?:lower|worse) than (?:directly )?(?:before|after)|\bworse than before|\baccuracy (?:drops|falls|collapses)(?: below)?", r"\bfine-?tun\w+|\bunfree?z\w+|\bthaw\w*|\bmade? (?:all|the) layers trainable")),
    ("split_by_image", (r"\bsplit\w*\b[^.;]{0,40}\b(?:by|per|on) (?:the )?(?:image|slice|frame|picture|photo|patch|crop)s?(?: level)?\b[^.;]{0,20}\b(?:not|instead of|rather than|and not)\b[^.;]{0,8}\b(?:by|per|on)?\b",)),
    ("frames_of_videos", (r"\b(?:from|of|has|have) (?:only |just |about )?\d+ (?:different )?(?:patients?|persons?|people|subjects?|animals?|individuals?|videos?|plants?|flights?)\b[^.;]{0,25}\b\d+ (?:slices|images|scans|photos|pictures|frames|crops)\b(?: each| per)?", r"!\b(?:by|per) (?:patient|person|subject|video)\b[^.;]{0,20}\bsplit|\bGroup")),
    ("frames_of_videos", (r"\b(?:slices|images|scans|photos|pictures|frames|crops)\b (?:of|per|from) (?:only |just |about )?\d+ (?:different )?(?:patients?|persons?|people|subjects?|animals?|individuals?|videos?|plants?)\b", r"\b(?:random\w*|train_test_split|shuffl\w+|split\w*)\b", r"!\b(?:by|per) (?:patient|person|subject|video)\b|\bGroup")),
    ("frames_of_videos", (r"\b(?:cut|crop\w*|split|slic\w+|divid\w+|extract\w*|tak\w+|took|made?|record\w*)\b[^.;]{0,40}\b(?:slides?|scans?|volumes?|recordings?|videos?|mosaics?|maps?|aerial \w+|large (?:images?|pictures?))\b[^.;]{0,20}\b(?:in|into|to|as)\b[^.;]{0,20}\b(?:patches|tiles|crops|windows|pieces|segments|slices|frames)\b|\b(?:patches|tiles|crops|windows|segments|frames) (?:of|from|out of) (?:the |each |every |one |a )?(?:same )?(?:slides?|scans?|volumes?|recordings?|videos?|images?)\b|\boverlapping (?:patches|tiles|crops|windows)\b", r"!\b(?:by|per) (?:patient|slide|video|recording)\b|\bGroup\w*Split\b|\bGroupKFold\b")),
    ("frames_of_videos", (r"\bbursts?\b|\b(?:nearly|almost) (?:identical|the same|equal) (?:frames|images|pictures|photos|shots)\b|\b(?:consecutive|successive|subsequent|neighbou?ring) (?:video )?frames\b|\bframes (?:\w+ )?(?:of|from) (?:the |\d+ |several |some |many |a few )?(?:same )?(?:\w+ )?videos?|\bvideo frames\b|\bextracted from (?:the )?videos?\b|\bframes\b[^.;]{0,12}\b\d+ ?(?:fps|Hz)\b|\bframes\b[^.;]{0,25}\b(?:of|from|out of) (?:\d+ |our |the |several |many |different )?(?:flights?|drives?|rides?|sessions?|sequences?|clips?|movies?|films?|streams?)\b|\b(?:several |many |\d+ )?(?:slices|images|scans|photos|pictures|ones|them|\d+|several|many) (?:of|per|from|for|by) (?:the )?(?:same |each |one |every )?(?:patients?|persons?|people|scan|subjects?|speakers?|animals?|individuals?|plants?|videos?|sequences?)\b|视频帧|кадр\w+ (?:из )?видео",)),
    ("pixels_into_dense", (r"\b\d{2,4}\s?[x×*]\s?\d{2,4}(?!\d)", r"\bflatten\w*\b[^.;]{0,40}\b(?:Dense|fully[ -]connected|Linear|MLP|perceptron)\b", rf"!\bconv\w*|\bpool\w*|\bfeatures?\b|\b(?:{written()})\w*")),
    ("copies_on_disk", (r"\b(?:augment\w*|rotat\w*|flipp\w*|distort\w*|altered|modified)\b[^.;]{0,30}\b(?:copies|versions|variants|duplicates)\b|\b(?:copies|versions|variants) of (?:each|every|the same)\b|\baugment\w*[^.;]{0,40}\b(?:to|on) (?:the )?(?:disk|drive|folder|hard)", r"!\b(?:only|just) (?:the |of the )?train\w*|\bon the fly\b")),
    ("augmented_then_split", (r"\b(?:augment\w*|over-?sampl\w*|SMOTE|copies)\b", r"\b(?:then|afterwards|after that|and only then|before)\b[^.]{0,20}\bsplit\w*|\b(?:then|afterwards|after that|only then)\b[^.]{0,45}split|\bsplit\w*[^.]{0,30}\bafter (?:the )?augment\w*", r"!\bsplit\w*[^.]{0,20}\bthen augment|\baugment\w* (?:only )?(?:the )?train")),
    ("other_source", (r"\btrain\w*\s(?:only )?(?:on|with)\s(?!\d)[^.;,\d%]{8,80}[,;]?\s(?:and |but )?\b(?:validat\w*|test\w*|evaluat\w*)\s(?:only )?(?:on|with)\s(?!\d|(?:the |it|them|those|these)\b)[^.;,\d%]{8,80}", r"!\b(?:same|both|split|random\w*)\b")),
    ("other_source", (rf"{_TRAIN} (?:images|pictures|photos|data|set)\b[^.;]{{0,20}}\b(?:are|were|come|came|is|was)\b[^;]{{3,90}}{_VAL} (?:images|pictures|photos|data|set|ones)\b[^.;]{{0,20}}\b(?:are|were|come|came|is|was)\b (?:\w+ ){{0,2}}(?:taken|from|collected|made|recorded|shot|crops?|downloaded)\b", r"!\b(?:same|both)\b")),
    ("other_source", (r"\btrain\w* and val\w*\b[^.;]{0,20}\b(?:come|came|are|were|is)\b[^.;]{0,12}\b(?:from|taken|made|recorded)\b[^;]{0,60}\b(?:test|leaderboard|new|real)\w*\b[^.;]{0,60}\b(?:from|in|at|with) (?:another|a different|an ?other|some other|new)\b",)),
    ("other_source", (rf"{_TRAIN}", rf"{_VAL}", r"\b(?:synthetic|rendered|renders?|simulat\w+|drawn|cartoons?|sketch\w*|studio|stock photos|scraped)\b[^.]{0,80}\b(?:real|photograph\w*|photos?|field|phone|webcam|in the wild)\b|\b(?:real|photograph\w*|photos?)\b[^.]{0,80}\b(?:synthetic|rendered|simulat\w+)\b|\b(?:another|different|other|new) (?:camera|scanner|hospital|sensor|city|site|device|microscope|season|domain|lighting|background)\b", r"!\bwebcam app\b")),
    ("other_source", (rf"{_TRAIN} (?:images|pictures|photos|data|set)\b[^.;]{{0,10}}\b(?:are|were|come|came|is|was)\b[^;]{{3,90}}\b(?:for|in) (?:the )?{_VAL}[^.;]{{0,12}}\b(?:i|we)\b[^.;]{{0,6}}\b(?:took|take|shot|collected|made|recorded|downloaded|photographed)\b", r"!\b(?:same|both|of them|some of|part of|out of)\b|%")),
    ("labels_doubtful", (r"\b(?:annotators?|labell?ers?|experts?|raters?)\b[^.]{0,30}\b(?:disagree|differ|do not agree|don't agree)\b|\bnoisy labels?\b|\blabel noise\b|\b(?:wrong|incorrect|mis-?)\s?label\w*|\b(?:labels?|annotations?|of (?:them|the images|the pictures)|by hand)\b[^.;]{0,60}\d{1,2} ?%[^.;]{0,25}\b(?:wrong|incorrect|mislabell?ed|not correct|another class)\b|\d{1,2} ?% of (?:the |my )?labels?\b[^.;]{0,20}\b(?:wrong|incorrect|random)|\blabels?\b[^.]{0,40}\b(?:are|is|may be|might be|come from)\b[^.]{0,20}\b(?:wrong|noisy|unreliable|web scrape|scraped|automatic\w*|weak)\b",)),
    ("sorted_by_class", (r"\bclass \w+\b[^.;]{0,30}\bfirst half\b[^;]{0,60}\b(?:second|other) half\b",)),
    ("sorted_by_class", (r"\b(?:one|a|each) (?:\w+ )?(?:tfrecord|file|csv|npy|npz|array|shard)s? (?:per|for each|for every|for one|is one|holds one) class\b",)),
    ("sorted_by_class", (r"\b(?:folder|class|directory) \w+,? (?:and )?then (?:the )?(?:those of )?(?:folder|class|directory) \w+|\bclass (?:after|by) class\b|\bsorted by (?:class|label)|\bordered by (?:class|label)|\bfirst (?:all )?(?:the )?\w+,? (?:and )?then (?:all )?(?:the )?\w+ (?:images|pictures)\b|\ball (?:images|pictures) of (?:one|a|class \w+) class?\b[^.]{0,30}\b(?:then|next|before)|\bone class after (?:the other|another)\b|\bclasses (?:come|are) in order\b|\b(?:rang|tri|class|ordonn)[ée]+s? par classe|\bnach Klassen? (?:sortiert|geordnet)|\bordenad[ao]s por clases?|\bpo klasach\b|\bfirst (?:all )?(?:the )?\d[\d ,.]* [^.]{1,30}\bthen (?:all )?(?:the )?\d[\d ,.]*|\bfirst (?:all|every) (?:of )?(?:the )?(?:\w+,? ){1,6}?then (?:all|every)\b|\bfolder by folder\b", r"!\bshuffled\b")),
    ("unfreezing_helps", (r"\bfrozen\b|\bfeatures?\b", r"\btrain\w* (?:the )?(?:same |whole |entire |full )?(?:\w+ )?(?:completely|fully|entirely|end[ -]to[ -]end|as a whole)\b[^.;]{0,25}(?:0?[.,][89]\d*|[89]\d(?:[.,]\d+)?\s?%)")),
    ("unfreezing_helps", (r"\bunfree?z\w+|\btrain(?:ing)? (?:all|the whole|every)\b[^.]{0,20}\b(?:layers?|network|model|backbone)|\btrain\w* (?:everything |all |it )?end[ -]to[ -]end", r"\b(?:gives?|gave|brings?|brought|yields?|results? in)\b[^.;]{0,12}(?:0?[.,][89]\d*|[89]\d(?:[.,]\d+)?\s?(?:%|(?=\.?$)))", r"!\b(?:drops?|falls?|worse|destroy\w*|collaps\w*|instead of)\b")),
    ("unfreezing_helps", (r"\btrainable\s?=\s?True|\bunfree?z\w+|\bunfrozen\b|\bfine-?tun\w+ (?:all|the whole|every)|\btrain(?:ing)? (?:all|the whole|every)\b[^.]{0,20}\b(?:layers?|network|model|backbone)", rf"\b(?:goes|go|gets?|reach\w*|improv\w*|rises?|jumps?|climbs?|works?|learns?|is fine)\b[^.]{{0,20}}(?:{_HIGH}|\bfine\b|\bwell\b|\bto (?:0?[.,][89]\d*|[89]\d\s?%))", r"!\b(?:drops?|falls?|worse|destroy\w*|collaps\w*)\b")),
    ("whole_numbers", (r"\b(?:u?int8|unsigned 8|byte arrays?)\b",)),
    ("random_split", (r"\bshuffl\w+ (?:all |the |my |them|everything)[^.;]{0,25}\bsplit|\b(?:and|then) (?:randomly )?split (?:them|it|all|everything)\b[^.;]{0,12}\d\d|\bsplit at random\b|\brandomly split\b|\brandom split\b|\bsplit(?:ted)? randomly|随机划分|случайн\w+ раздел",)),
    ("reference_works", (r"\b(?:TF-?Hub|the (?:course|original|reference) (?:notebook|version|code)|numpy arrays|version of the model)\b", r"\b(?:fine|well|better|works?|trains? well)\b")),
    ("early_stopping_does_not_help", (r"\bearly stopping (?:does not|doesn'?t) help",)),
    ("only_pictures", (r"\b(?:screenshot|plot|figure|graph|image)s? (?:attached|below)|\(see plot\)|\(plots?\)|\bplots? below\b|见图|на графике",)),
)  # fmt: skip


class Outcome:
    """The patterns that must be in a sentence, and those that must not."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        wanted = [p for p in patterns if not p.startswith("!")]
        self.wanted = tuple(Pattern(p) for p in wanted)
        self.unwanted = tuple(Pattern(p[1:]) for p in patterns if p.startswith("!"))

    def holds_at(self, text: str, spans: Sequence[tuple[int, int]]) -> bool:
        """Return whether it holds in a text, at these places."""
        found = self.spans(text)
        return bool(found) and all(
            a < d and c < b for (a, b), (c, d) in zip(found, spans, strict=True)
        )

    def spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return where what it wants stands in a text; nothing where it does not hold."""
        found = []
        # Needles of all patterns first: looking for them compiles nothing.
        if not all(pattern.may_hold(text) for pattern in self.wanted):
            return ()
        for pattern in self.wanted:
            match = pattern.search(text)
            if match is None:
                return ()
            found.append(match.span())
        return () if any(p.search(text) for p in self.unwanted) else tuple(found)


OF_EXPERIMENTS = frozenset(
    {
        "other_backbone_works", "without_batchnorm_fine", "unfreezing_helps", "batch_size_changes_it",
        "without_augmentation_reverse", "since_augmentation", "reference_works", "worse_in_eval_mode",
        "worse_after_fine_tuning_began", "jump_at_resume", "jump_at_schedule", "depends_on_batch",
        "keras_loader", "rescales_inside", "same_data_for_both",
    }
)  # fmt: skip
"""What is said of two trainings or calls, which an experiment is part of."""
ERRORS = frozenset(name for name, _ in _ERRORS)
OUTCOMES: tuple[tuple[str, Outcome], ...] = tuple(
    (n, Outcome(patterns)) for n, patterns in (*_ERRORS, *_ROWS)
)
