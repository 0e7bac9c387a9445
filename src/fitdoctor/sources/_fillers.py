"""Words of several languages that stand between a name and its figure and say nothing."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILLING = _words(
    "of is was are were to at about around only just the a an with set size use used using uses "
    "be from into approximately roughly currently still now by as in my value rate layer layers "
    "ist von auf war beträgt mit nur etwa de es del em é era est à du des le la un une una uma "
    "en con com avec i'm i've lag на в до из с со около равен равна равно стоит поставил был "
    "была было всего по примерно порядка взял ставил 为 是 用 设 成 到 改 调 的 了 在 只 有 约 "
    "大 概 才 从 置 取 后 目 前 は を が の で に も 은 는 이 가 을 를 로 으 의 값 値 し て 下 "
    "げ initial constant fixed equals equal default starting went goes changed grew rose dropped "
    "fell"
)
"""Words that say nothing between a setting and its figure."""
ADJECTIVES = _words(
    "different image exclusive balanced distinct object target output possible more new labelled "
    "labeled training train x ray x-ray further other of the colour color greyscale grey real "
    "small large own unique total separate 个 種 類 の つ 개 의 разных различных verschiedene "
    "verschiedenen distintas diferentes différentes tausend validation test"
)
"""Between a figure and the unit that it counts: "ten different classes"."""
BEFORE_UNIT = ADJECTIVES | _words(
    "er per in images samples pictures par por pro imágenes imagens bilder as for als como comme my"
)
"""The same where the unit is one that a figure goes with: "32 images per batch"."""
TO = FILLING | _words(
    "images image pictures photos samples data files left kept go went held out aside for and "
    "reserved both und für zum zur do na im para los o pour l'entraînement для под 用 于 来 做 "
    "当 作 で き 용 и i они each remaining remain rest another lie sit live"
)
"""Between a number of images and the images that they are: "900 pictures are left for training"."""
HAS = FILLING | _words(
    "set data dataset folder split part images image pictures photos samples consists has have "
    "holds hold contains contain comprises had quite very rather small tiny large big выборка "
    "выборке выборку набор наборе данных данные 集 数 据 图 片 像 张 样 本 合 共 包 含 大 約 满 "
    "有 データ 画 セ ッ ト デ ー タ 데 이 터 содержит состоит имеет для оставил осталось enthält "
    "hat tiene tem contient got there we've we i you've und y and"
)
"""Between images and how many they are: "the training set consists of 900"."""
OF = _words("of the a rate 的 の de")
"""Between a rate and what has it."""
