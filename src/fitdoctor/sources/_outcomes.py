"""Outcomes that askers state in words: a row holds when all of its patterns are in a sentence.

A name says what was seen, never why; rules weigh it.
"""

from __future__ import annotations

import re

_TRAIN = r"\b(?:train(?:ing)?\b|обуч|трениров|entren|trein|trening)|训练|学習|訓練"
_VAL = r"\b(?:val(?:id(?:ation)?)?(?:[_ ]\w+)?|test(?:ing)?|cv[_ ]?acc|dev)\b|валидаци|провероч|тест|验证|测试|検証|テスト|validaci|validaç|walidac"
_ACC = (
    r"\bacc(?:uracy)?\b|точност|准确率|精度|exactitud|precisión|acurácia|precisão|dokładność|正解率"
)
_LOSS = r"\bloss(?:es)?\b|потер|损失|pérdida|perda|strat[aęy]|損失"

_ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("outcome_varies", (r"\bsometimes\b|\bsome runs\b|every now and then|\b(?:half|some) of the runs\b",
                        r"\bstuck|\bstays? at\b|\bnever (?:learn|converge|leave)|\bfails? to\b|\b50 ?%|predicts one class|look like this",
                        r"\b(?:other|run|times?|again|runs)\b")),
    ("results_differ_each_time", (r"\b(?:other|different) (?:results?|accurac\w+|outcomes?) (?:each|every) (?:time|run)|\bevery run (?:gives|ends)",)),
    ("outcome_varies", (r"иногда", r"застр\w+|не обуча\w+|остает\w+ на|сходится", r"раз[ыа]?\b|запус\w+|модел\w+")),
    ("outcome_varies", (r"有时", r"卡在|停在|停留在|不收敛", r"次|有时")),
    ("outcome_varies", (r"a veces|às vezes|czasami|manchmal|parfois|時々|ときどき|कभी", r"50 ?%|atasc|trav|utkn|hängen|bloqu|収束しない")),
    ("good_on_new_data", (r"\b(?:new|unseen|fresh)\b[^.]{0,20}\b(?:data|images|pictures)\b", r"\b(?:well|good|great|fine|right)\b")),
    ("good_on_new_data", (r"\bpredictions? (?:are|is|look)s? (?:good|fine|right|correct)",)),
    ("good_on_new_data", (r"新的?(?:测试)?数据", r"非常好|很好|良好")),
    ("good_on_new_data", (r"на новых данных", r"хорош")),
    ("good_on_new_data", (r"datos nuevos|novos dados|dados novos|nowych danych|neuen Daten|新しいデータ", r"bien|bem|dobrze|gut|良")),
    ("spikes_recover", (r"\bspik\w+|\bpeaks?\b", r"\bbut\b|\brecover|\bback\b|\breturn")),
    ("spikes_recover", (r"(?<!\w)пик[иа]?(?!\w)|скач\w+|зашкалива\w+", r"возвраща\w+")),
    ("spikes", (r"\b(?:training |train )?loss(?: curve)? (?:has|shows?|with) spikes",)),
    ("validation_better", (_VAL, r"\b(?:above|higher|better|greater)\b.{0,40}\btrain|\bbetter than (?:in )?train")),
    ("validation_better", (r"\btrain(?:ing)?[ _]loss is (?:above|higher|greater)|\btrain(?:ing)? loss (?:stays|lies|was) (?:above|higher)", _VAL)),
    ("validation_better", (_VAL, r"\bloss\b.{0,60}\b(?:lower|below|smaller|less) than (?:the )?train|\bloss(?:es)? (?:come|comes|came) out lower than")),
    ("validation_better", (r"валидаци\w*|провероч\w*|тестов\w*", r"(?:выше|лучше)[^.]{0,40}(?:чем|обуч|трениров)")),
    ("validation_better", (r"验证|测试", r"高于训练|比训练(?:集)?(?:的)?.{0,6}(?:高|好)")),
    ("train_good_val_bad", (r"\btrain\w*\b[^.]{0,60}(?:9\d(?:\.\d+)? ?%|0\.9\d|\b(?:over|above) 8\d ?%|\bis 1\b|\bfine\b|\bgood\b|\bperfect|\bhigh\b|\brises?\b|\bgoes to about 9\d)",
                            _VAL, r"\b(?:below|only|near|stays? near|around|very low|is bad|is zero|gives?|much lower)\b|0\.[0-4]\d?\b|\b[0-4]\d ?%|\bexactly 0\b")),
    ("val_accuracy_zero", (_VAL, r"\b(?:is|are|=|stays?)(?: exactly| always)? (?:0|zero|0\.0+)(?:\s?%)?(?![.\d])")),
    ("val_accuracy_zero", (r"val\w*", r"一直是 ?0(?![.\d])|始终为 ?0(?![.\d])")),
    ("val_accuracy_zero", (_VAL, r"равн\w+ (?:0|нулю)|остается (?:0|нулевой)")),
    ("val_accuracy_perfect", (r"\bval(?:idation)?[ _]acc(?:uracy)?\b", r"\bis (?:1\.0+|100 ?%|exactly 1)(?!\d)")),
    ("train_accuracy_perfect_at_once", (r"\btrain(?:ing)? accuracy is exactly (?:1(?:\.0+)?|100 ?%)", r"\bfrom the (?:first|beginning|start)|\bat once\b|\bnever changes")),
    ("train_accuracy_perfect_at_once", (r"\bacc(?:uracy)?\b[^.]{0,40}(?:1\.0+|100 ?%)", r"\bfrom the (?:first|very first|beginning|start)\b[^.]{0,20}(?:epoch|batch|step)")),
    ("same_every_epoch", (r"\b(?:the )?same (?:number |value )?(?:in|at|for|after)? ?(?:every|each|all) epoch|\bdoes not change any more|\bnever changes\b|完全一样|一直不变|не меня\w+",)),
    ("stays_at_start", (r"\baccuracy begins at|\bstays? there\b|\baccuracy (?:stays|remains) (?:at|around)", r"\ball\b|\bepochs?\b|\bwhole\b")),
    ("same_output_for_all", (r"\boutput is [\d.]+ for every|\b(?:same|identical) (?:output|prediction|value)s? for (?:every|all|each)|每一行都相同|每一张.{0,12}(?:一样|相同)|одинаков\w+ (?:ответ|предсказан|выход)",)),
    ("one_class_predicted", (r"\bpredicts? (?:only )?(?:one|the same|a single) class\b|\bsame class for (?:every|all)",)),
    ("stuck_at_chance", (r"\b(?:stays?|stuck|remains?) at (?:chance|random)|\bdoes not learn\b|\bcannot learn|не обучается|学不到|不学习",)),
    ("collapsed_after_learning", (r"\b(?:gets?|goes|reach\w*|was) (?:above|to|over|up to) 0?\.?9\d|\bworked? (?:well|fine) (?:until|for)|\beverything looked good", r"\blater\b|\bthen\b|\bsuddenly|\bafter (?:a few|some)|\bat the end\b")),
    ("got_worse_again", (r"\b(?:training AND validation|train(?:ing)? loss|both)\b", r"\bmuch worse|\bstarts? to (?:go|rise|grow) up? ?again|\bgoes up again|\brises? again")),
    ("loss_nan", (r"\bloss\s?[:=]?\s?(?:is |becomes? |turns? |went )?nan\b|\bnan loss|потери.{0,12}nan|损失.{0,6}nan",)),
    ("jump_at_resume", (r"\bjumps?\b|\bjumped\b|\bdiscontinuit|\bspike", r"\b(?:second run|resum\w+|restart\w*|continu\w+|from the saved|checkpoint|at epoch \d+)\b", r"\bstopped|\bsaved|\bresum|\brestart|\bcheckpoint|\bload")),
    ("val_loss_and_accuracy_rise", (r"\bval(?:idation)?[ _]loss (?:goes|rises|climbs|increases|grows|is rising|keeps)", r"\b(?:while|and|but|yet)\b[^.]{0,40}\baccuracy\b[^.]{0,30}\b(?:also|still|too|rises|goes up|increases|improves)")),
    ("val_loss_and_accuracy_rise", (r"\bval_acc improves", r"\bval_loss\b[^.]{0,80}\brises")),
    ("val_loss_rises", (r"\bval(?:idation)?[ _]loss (?:goes up(?! (?:or|and) down)|rises|climbs|increases|grows)",)),
    ("val_loss_rises", (r"потер\w+ (?:при|на) (?:валидации|проверке)[^.]{0,30}(?:раст|увелич)|验证损失[^。]{0,12}(?:上升|增加)",)),
    ("training_improves", (r"\btraining accuracy (?:rises|increases|improves|goes up)|\btraining loss (?:falls|decreases|goes down)",)),
    ("val_fluctuates", (_VAL, r"\bfluctuat\w+|\bup and down\b|\bup or down\b|\bjump(?:s|ing)? (?:around|up and down)|\boscillat|\bwithout any pattern|抖动|波动|震荡|колебл|скачет")),
    ("curves_close_with_gap", (r"跟着训练曲线|follows? the training curve|close to the training curve",)),
    ("other_backbone_works", (r"\b(?:VGG\d*|AlexNet|ResNet\d*|MobileNet\w*|Inception\w*)\b", r"\bwith\b|\busing\b|\bс\b|用|\bworks?\b", r"\b(?:everything is fine|works? (?:well|fine)|is fine|no problem|learns? (?:well|fine)|gut|хорошо|работает)\b|正常")),
    ("without_batchnorm_fine", (r"\bBatch ?Norm\w*|\bthese layers\b|\bBN\b", r"\bsince then\b|\bwithout\b", r"\bdoes not\b|\bfine\b|\bno problem|\bnot do it\b|\bworks\b")),
    ("batch_size_changes_it", (r"\bbatch size \d+\b[^.]{0,60}\bagree|\bwith batch size \d+[^.]{0,80}\bbatch size \d+",)),
    ("without_augmentation_reverse", (r"\bwithout (?:the )?(?:data )?augmentation|без (?:аугментации|увеличения данных)|没有(?:数据)?增强", r"\b(?:other way|opposite|reverse\w*|vice versa|fine)\b|наоборот|相反")),
    ("since_augmentation", (r"\b(?:added|use|using|with)\b[^.]{0,30}\b(?:Auto|Rand|Tri\w*)?Augment\w*", r"\bsince then\b|\bnow\b|\bafter that\b|\bsince\b")),
    ("same_data_for_both", (r"\b(?:pass|use|take|give)\w*\b[^.]{0,30}\btrain\w* (?:data|set|images)\b[^.]{0,20}\bas (?:the )?val|\buse it for training and for validation|\bdata are identical|\bsame data\b[^.]{0,40}\b(?:train|valid)",)),
    ("same_distribution", (r"\bvalidation data\b[^.]{0,30}\bmade in the same way",)),
    ("evaluate_differs", (r"\bevaluate\b|\bpredict\w*\b|\btest accuracy\b|\btest\b", r"\bmuch lower|\bdifferent\b|\bis bad\b|\bgives (?:a much lower|0\.\d)|\banother one\b|\bshould be equal are not", r"\bwhile fitting|\btraining\b|\bmodel\.fit|\bval_acc\b|\bargmax\b|\bfine\b")),
    ("two_counts_differ", (r"\bargmax\b|\bcount\b", r"\banother one\b|\bdiffer\w*\b|\bnot equal\b|\bshould be equal" )),
    ("classes_swapped", (r"\bcalls? the (\w+) (\w+) and the \2 \1\b|\bclasses (?:are|get) (?:swapped|mixed up|exchanged)|\bswaps the classes",)),
    ("accuracy_too_high", (r"\baccuracy\b", r"\bmuch higher than (?:anything|expected|in)|\btoo high\b|\btoo good\b")),
    ("batchnorm_used", (r"\bBatch[ -]?Norm\w*",)),
    ("worse_after_fine_tuning_began", (r"\baccuracy is lower than (?:directly )?(?:before|after)|\bworse than before (?:fine|training)", r"\bfine-?tun\w+|\btrain")),
    ("frames_of_videos", (r"\bframes of (?:the )?(?:same )?videos?|\bvideo frames\b|\bslices of (?:the )?(?:same )?(?:patient|scan)|视频帧|кадр\w+ (?:из )?видео",)),
    ("random_split", (r"\bsplit at random\b|\brandomly split\b|\brandom split\b|\bsplit(?:ted)? randomly|随机划分|случайн\w+ раздел",)),
    ("reference_works", (r"\b(?:TF-?Hub|the (?:course|original|reference) (?:notebook|version|code)|numpy arrays|version of the model)\b", r"\b(?:fine|well|better|works?|trains? well)\b")),
    ("early_stopping_does_not_help", (r"\bearly stopping does not help",)),
    ("only_pictures", (r"\b(?:screenshot|plot|figure|graph|image) attached|\(see plot\)|\(plots?\)|\bplots? below\b|见图|на графике",)),
)  # fmt: skip

OUTCOMES: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...] = tuple(
    (name, tuple(re.compile(p, re.IGNORECASE) for p in patterns)) for name, patterns in _ROWS
)
