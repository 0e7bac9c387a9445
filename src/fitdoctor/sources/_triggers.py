"""Words that say whether, whose, when and how surely: one table a language, as in NegEx and ConText.

A row is (what it marks, where its scope lies, most words in the scope, its words). The scope ends at
the next terminator. `PSEUDO` looks like a trigger and is none; it is taken out before.

The algorithms: Chapman et al. 2001 (NegEx), Harkema et al. 2009 (ConText).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from fitdoctor.catalogue.backbones import written
from fitdoctor.sources._row import Pattern

Mark = Literal[
    "negated",
    "ceased",
    "supposed",
    "possible",
    "hypothetical",
    "imagined",
    "asked",
    "expected",
    "before",
    "earlier",
    "after",
    "experiment",
    "other",
    "documentation",
    "answer",
]
Reach = Literal["on", "phrase", "back", "around"]
"""Scope behind the trigger, within the noun phrase behind it, before it, or on both sides; `around`
passes one comma when it opens a clause."""


class Trigger(NamedTuple):
    """Words that change what a claim in their scope means."""

    mark: Mark
    reach: Reach
    words: int
    """Most words in the scope; for Chinese, Japanese and Korean a word is two characters."""
    pattern: Pattern


class Language(NamedTuple):
    """What the words of one language do to a claim."""

    triggers: tuple[Trigger, ...]
    pseudo: Pattern
    ends_negation: Pattern
    ends_all: Pattern
    """Ends any scope: a turn."""
    ends_own: Pattern
    """Ends the scope of who says it: the asker's own training after another's."""
    ends_phrase: Pattern | None = None
    """Ends a noun phrase, behind its first word."""


def _rows(*rows: tuple[Mark, Reach, int, str]) -> tuple[Trigger, ...]:
    return tuple(Trigger(mark, reach, words, Pattern(p)) for mark, reach, words, p in rows)


CLAUSE, SENTENCE = 14, 40
_IT_IS_SO = (
    r"(?!(?:that|it|this) (?:matters?|helps?|is (?:relevant|important|of interest))|(?:i|we) )"
    r"(?=(?:the|my|your|a|an|one|you|it|there|training|validation|val|test|train|loss|acc\w*|labels?|classes|images)\b"
    r"[^.?]{3,90}(?:,|\bthen\b) ?(?:then |just |please )?(?:you|one|it (?:is|means|might|may|could|will|can|should)|stop|try|check|reduce|lower|use|increase|add|look|that (?:means|is)|this (?:means|is)|what|how|why|do|does|is|should|would|could|can|the (?:model|network|net) (?:is|will|might|may|can)|your|there is|here (?:is|are)|chances))"
)
"""A condition that is spoken of in general: "if the loss rises, stop"."""
_NO_SPEAKER = (
    r"(?!(?:\w*net\w*|models?|papers?|docs?|documentation|logs?|console|outputs?|errors?|message|script|code|notebook|keras"
    r"|tensorflow|summary|plots?|curves?|graph|report|loss|accuracy|history|classifier|cnn|matrix|detector|system|program|app"
    r"|tutorial|book|article|blog|manual|guide|readme|course|post|answer|comment|warning|which|that|it|one|tool|library|api"
    rf"|\w*generator|loader|dataset|set|gpu|evaluation|evaluate|fit|predict|function|metrics?|test|run|training|validation|bar|line|column|value|prediction|argmax|head|layer|{written()}|table|terminal|website|page|thing|and|or|was|is)\b)"
)
"""What speaks in a sentence and is no person."""

_CHANGED = (
    r"(?:divid|scal|normali|remov|drop(?!-?out)|disabl|delet|switch|chang|replac|lower|reduc|increas|decreas|rais|doubl|halv|add|unfreez|unfroz|freez|froz"
    r"|tr(?:y|ied)|take|took|taking|leav|left|turn|swap|mov|cut|shuffl|clean|balanc|fix|got rid|get rid|introduc|insert|updat|upgrad)\w*"
)
_EN = Language(
    triggers=_rows(
        ("negated", "on", 7, r"\b(?:not|never|none of|neither|nor|cannot|hardly|nothing|nobody|rul(?:e|ed|es|ing) out|exclud(?:e|ed)|lack(?:s|ing)?|forg[eo]t(?:ten)?(?: to| the| about| my)?|fail(?:s|ed)? to|far from|free of|refus\w+ to|unlikely to|avoid(?:ed|s)?)\b|n't\b|\b(?:isnt|dont|doesnt|didnt|wasnt|arent|havent|hasnt|wont|cant|couldnt)\b"),
        ("negated", "phrase", 4, r"\b(?:no(?! longer)|without|instead of|rather than|(?:remov|delet|disabl)(?:e|es|ed|ing)|(?<=i )dropp?(?:ed)?|dropping|(?:turn|switch)(?:s|es|ed|ing)? off|(?:took|take|taking|taken|comment(?:ed|ing)?) out|g[eo]t(?:ting)? rid of|leav(?:e|ing) (?:out|away)|left out)\b"),
        ("negated", "back", 4, r"\bset \w{1,30} to (?:false|none|off)\b"),
        ("negated", "back", 2, r"\bnothing\b(?=\W*$|[.,;])"),
        ("negated", "phrase", 5, r"\b(?:zero(?= (?:overlap|duplicat\w+|shared|common|augmentation|regulari[sz]ation|dropout|leak\w*|images? in))|(?:scrap|ditch|bin|strip)(?:p?ed|p?ing)|(?:ripp?|pull|kick|thr[eo]w)(?:ed|ing)? out|threw out|thrown out|(?:cut|cutting|took|taking|leaving|left)(?= [^.;,]{1,30}\b(?:completely|entirely|altogether|out)\b)|free from)\b"),
        ("negated", "back", 12, r"\b(?:found|find|there (?:are|were|is|was)|saw|got) (?:none|no (?:such|matches|hits|overlap\w*|duplicates?|leak\w*|errors?|mistakes?)|nothing|zero)\b|\bbut (?:there (?:are|were) )?none\b|\bnone (?:found|exist)\b"),
        ("asked", "phrase", 8, r"\b(?:check(?:ed|ing)?|look(?:ed|ing)?|search(?:ed|ing)?|scan(?:ned|ning)?) for\b(?![^.;]*\b(?:found|none|nothing|there (?:are|were|is))\b)"),
        ("negated", "on", 4, r"(?<!no )(?<!any )\bdoubt(?: that)?\b"),
        ("ceased", "on", 7, r"\b(?:no longer|stopp?(?:s|ed)? (?=\w+ing))\b|(?:n't|\bnot)\b(?=[^.;,]{0,40}\bany ?more\b)|\bhardly\b(?=[^.;,]{0,40}\bany ?more\b)"),
        ("negated", "back", 6, r"\b(?:(?:is|are|was|were)(?: not|n'?t) (?:the (?:case|problem|reason|cause|issue)|used|involved|true|on\b|active|enabled)|(?:does|do|did)(?: not|n'?t) (?:happen|occur|exist|apply|show up|appear)|(?:can|could) be (?:excluded|ruled out)|(?:is|are|was|were) (?:excluded|ruled out|off|disabled|turned off|switched off|missing|absent|commented out)|(?:turned|switched|set) off(?! \w+ (?:train|val|test))|(?:disabled|removed|commented out)(?=\W*(?:,|$)))\b|\bset to (?:0|zero|none|false)\b"),
        ("supposed", "on", CLAUSE, r"\b(?:i|we) (?:still |also |only |now |just |strongly |rather )?(?:think|guess|suspect|assum\w*|doubt|suppose|believe|fear|bet|wonder|imagine|presume)\b|\bi'?m (?:afraid|guessing|wondering|assuming)\b|\b(?:maybe(?! \d| one | two | half| a (?:few|third))|perhaps|possibly|probably|presumably|supposedly|apparently|likely|suspicion|my (?:guess|theory|hunch|feeling)|(?:can(?:not|'?t)|could(?: not|n'?t)) (?:rule out|exclude))\b|\bnot (?:quite |really |so |entirely )?sure\b|\bwhether\b|\bno idea (?:if|whether)\b|\bseems? (?:likely|that|to me)\b|\bit (?:seems|looks)\b|\b(?:looks?|seems?|sounds?) (?:\w+ )?like\b|^\W*seems\b|\bas far as i (?:can tell|know|see)\b|\bdo(?: not|n'?t) (?:think|believe)\b"),
        ("possible", "on", CLAUSE, r"\b(?:might|may|could|would|as if)\b"),
        ("hypothetical", "on", CLAUSE, r"(?<!what )(?<!how )(?<!i )(?<!who )\bwould(?! (?:you|it be|it help|i|we|any\w*|some\w*|like|say|love|be (?:happy|great|nice|glad|appreciated|helpful)|help|appreciate|suggest|recommend)\b)\b"),
        ("hypothetical", "around", CLAUSE, r"\bif (?=(?:i|we|it|the|my|validation|training|val|loss|accuracy) (?:\w+ ){0,2}(?:were|had|would|\w+ed|went|rose|fell)\b[^.;]{0,60}(?:\b(?:would|could|might)\b|\w'd\b))|\bif (?=(?:i|we) (?:\w+ed|had|were|took)\b)|\bif (?=(?:i|we) \w{3,12} [^.;?]{3,70}\b(?:would|could|might)\b)"),
        ("imagined", "on", SENTENCE, rf"(?:^|[.,;:]\s|\blet'?s |\blet us )(?:suppose|supposing|imagine|assume|assuming|pretend|picture|consider|say)\b(?=(?: that)?,? (?:i|we|you|the|my|a|an|there|that)\b)|\bwhat (?:if|happens if|would happen|will happen)\b|\bhypothetically\b|(?:^|[,.;:]\s)(?:had|were) (?=(?:i|we|it|the|my)\b[^?]{{3,120}}\b(?:would|could|might)\b)|(?:^|[.;:]\s)(?:so )?(?:if|when|once|unless|in case|as soon as) {_IT_IS_SO}"),
        ("imagined", "on", CLAUSE, r"\b(?:i|we) (?:first |initially |originally |always |really |had )?(?:thought|assumed|believed|figured|feared|suspected)\b"),
        ("imagined", "on", CLAUSE, rf"(?:^|(?<=[.,;:]\s))unless (?=i|we|my|the)|\bin case (?=i|we|my|the)|(?<=[a-z]) (?:if|when) {_IT_IS_SO}(?=[^?.]{{3,60}}$)"),
        ("supposed", "back", CLAUSE, r",? (?:i|we) (?:think|guess|suspect|suppose|assume|believe)\b[.!?)]*\s*$|\b(?:presumably|probably|maybe|perhaps|or not|or something)[.!?)]*\s*$"),
        ("asked", "on", SENTENCE, r"(?:^|[,:;(–-]\s*|\b(?:so|and|or|but|then|now)\s)(?:is|are|was|were|do|does|did|should|shall|can|could|may|would|will|has|have|had|am|must|isn'?t|aren'?t|doesn'?t|don'?t|shouldn'?t)\s(?!(?:not|to|be|been|only|just|still|also)\b)(?=[\w.()]+[^?]{0,300}\?)|\bdo you (?:\w+ )?(?:think|believe|suspect)\b(?=[^?]{0,300}\?)|\b(?:tell me|know|wondering|wonder|check|say|find out|see|understand) (?:if|whether)\b|\b(?:how (?:do|can|could|would) i|how to) (?:tell|check|find out|know|see) (?:if|whether)\b|\bwhich (?:loss|optimizer|learning rate|batch size)\b(?=[^?]{0,300}\?)|\bshould (?:i|we)\b"),
        ("expected", "on", CLAUSE, r"\b(?:should (?:i|we)|do (?:i|we) (?:need|have)|would it help|(?:i|you) need(?! to))\b|(?:^|[,:;]\s)should (?=[^?.]{0,300}\?)"),
        ("expected", "on", CLAUSE, r"\b(?:should(?! (?:i|we)\b)|supposed to|ought to|expect(?:ed|ing|s)?|hop(?:e|ed|ing)|(?<!not )(?<!n't )want(?:ed)?(?! to (?:ask|know|understand))|wants (?=\d|at least|me\b|us\b|over|above|more|better|an? (?:acc|loss))|would like(?! to (?:ask|know|understand))|promis\w+|(?:would|'d) be (?:happy|glad|satisfied) with|goals?|aims?|targets? (?:is|of|was|accuracy)|desired|ideally|in theory|must|required?|need(?:s|ed)? to|have to (?:reach|get|be)(?![^.]*\?)|if only|wish(?:ed)?|dream\w*|plan(?:s|ned)? to|intend(?:ed)? to|going to|(?<!\?)will|(?:(?:^|(?<=[,;]\s))(?:normally|usually|typically)|usually|typically|in general|generally)(?![^.]*\?))\b|\bi'?d like\b|\bi'?m aiming\b"),
        ("expected", "on", CLAUSE, r"\b(?:recommend(?:s|ed|ing)?|suggest(?:s|ed|ing)?(?! [^.;,]{0,20}?that [^.;,]{1,30} (?:is|are|was|were|has|have)\b)|advis(?:e|es|ed|ing)|(?:told|advised|tells?) (?:me |us )?to|propos(?:e|es|ed)|(?:says?|said|told me) (?:that )?(?:i|you|one) (?:need|should|must|have to))\b"),
        ("expected", "around", CLAUSE, r"\bi (?:thought|expected|hoped|assumed)[^.;,]{0,60}?\bwould\b"),
        ("expected", "on", 8, r"(?:^|[.:;]\s)(?:(?:just|simply|please|then|first) )?(?:try(?: to)?|use|add|check|make sure|consider|remove|set|lower|reduce|increase|decrease|keep|stick (?:to|with)|start with|leave|go with|normali[sz]e|shuffle|freeze|unfreeze|augment|rescale|apply|switch|replace|balance|train)\b(?= (?:a |an |the |your |some |more |less |all |each |both |on |with |for |to |early|dropout|data|batch|weight|class|l2|adam|sgd|smaller|larger|lower|higher)\w*)(?![^.?!]*\b(?:i|my|we|our)\b)"),
        ("expected", "on", CLAUSE, r"\byou (?:\w+ )?(?:may|might|could|can|should|need|must|have to|want to|ought|would do)\b(?![^.]*\?)|\b(?:try|start|experiment with) \w+ing\b"),
        ("expected", "around", CLAUSE, r"\b(?:(?:i|we)(?: a|')(?:m|re) (?:planning|about|tempted|hoping)|plan(?:ning|ned|s)? (?:to|on)|thinking (?:of|about)|considering (?=\w+ing)|intend(?:s|ing)? to|meaning to|on my (?:list|todo)|next (?:i|step|thing|up)|tomorrow|(?:i|we)'ll|(?:will|gonna|going to) (?:try|add|use|switch|test|do)|yet to (?:try|add|use|test|do))\b"),
        ("expected", "back", 8, r"\b(?:is|are|was|were) (?:expected|desired|required|needed|promised|wanted|the (?:goal|target|aim|requirement)|what (?:i|we) (?:want|need|expect\w*))\b|\bas (?:promised|advertised)\b"),
        ("before", "around", CLAUSE, r"\bbefore (?:i|we|that|this|it|then|the (?:change|update|switch|fix|crash)|adding|removing|unfreezing|switching|changing|upgrading|fine-?tuning|upgrade)\b|^\W*before\b|(?<=[.;,] )before(?=:)|\b(?:until|till|up to|up until) (?:i|we|yesterday|last|then|(?:mon|tues|wednes|thurs|fri|satur|sun)day|this (?:morning|week)|the (?:\w+ )?(?:update|upgrade|change|switch|merge|migration|refactoring))\b"),
        ("before", "on", CLAUSE, r"\b(?:at first|at the (?:very )?(?:beginning|start)|in the beginning|(?:the )?first (?:few|couple of|several|\d+|two|three|five|ten|dozen) epochs|early on|(?<!the )(?<!very )first(?! epochs?)(?=,? [^.;]{3,60}\b(?:and )?then\b))\b(?=[^;]{0,120}(?:\b(?:but|then|later|now|suddenly|from epoch|after that|until)\b))|(?<=loss )first(?= )|\b(?<=i )first(?= \w+ed\b[^.;]{3,60}\bnow\b)|\b(?:previously|formerly|earlier (?:it|the|my|i|we)|(?<=it )used to|(?<=i )used to|(?<=we )used to|(?<=loss )used to|(?<=accuracy )used to|(?<=model )used to|(?<=network )used to|(?<=everything )used to|(?<=that )used to|(?<=this )used to|last (?:week|month|year|time|friday|monday|night)|yesterday|(?:the|my|an) (?:old|older|earlier|previous) (?:model|version|network|net|run|code|script|training|attempt|setup|experiment|try)|(?:earlier|older|previous|former) (?:versions?|models?|runs?|attempts?|experiments?|code|scripts?|trainings?)|back then|in the past|(?:initially|originally)(?=[^.;,]{0,40}\b(?:was|were|had|worked|reached|got|learned|trained|used|did|overfitted)\b))\b"),
        ("before", "back", CLAUSE, r"[,;.]? (?:and |but )?then\b(?=[^;]{3,160}\b(?:ever since|since then|from then on|from that (?:day|moment|point)|and now|but now)\b)"),
        ("before", "on", CLAUSE, r"\b(?:the |in the |during the |for the )?(?:very )?(?:first|early) (?:epochs?|iterations?|minutes|hours?)(?:'s?)?\b(?=[^;]{3,120}\b(?:later|afterwards?|then|after that|but (?:then|after|from|later)|until|eventually)\b)"),
        ("earlier", "back", CLAUSE, r",? (?:and |but )?then (?:suddenly |it )?(?=(?:drops|falls|collapses|goes|turns|becomes|increases|keeps|rises|starts|jumps|decreases)\b)|,? (?:and |but )?then suddenly\b"),
        ("before", "back", CLAUSE, r"\b(?:at first|(?:in|at) the (?:very )?beginning|initially)\b(?=[^;]{0,40}\b(?:but|then|later)\b)"),
        ("before", "back", CLAUSE, r"\b(?:in the past|back then|until now|last (?:week|month|year|time)|yesterday|previously)(?=[.!]*\s*$|[,;])|\bbefore (?:i|we|adding|removing|unfreezing|switching|changing)\b"),
        ("after", "around", CLAUSE, rf"\b(?:once|now that|only after) (?:i|we)(?:'d|'ve| had| have)? \w+(?:ed|t)\b|(?:^|(?<=[,;:]\s))(?:i|we)(?:'ve| have| had)? (?:just |then |also )?(?:enlarged|increased|decreased|reduced|unfroze|froze|doubled|halved|disabled|enabled|changed|switched|added|removed|tried|replaced|lowered|raised|put in)\b(?=[^.;?]{{3,60}}\b(?:and|but) (?:now|got|then|it|the|my)\b)|\bsince (?:i|we|then|adding|removing|(?:the|that|my|this|our|last) (?:\w+ ){{0,2}}(?:change|update|upgrade|switch|fix|merge|refactor\w*|migration|commit|re-?install\w*|move))\b|\bafter (?:i|we|that|this change|the (?:change|update|upgrade|switch|fix))\b|\bafter {_CHANGED.replace('|tr(?:y', '|try|tr(?:y')}(?<=ing)\b|\b(?:from then on|ever since|thereafter|as a result|that (?:fixed|helped|solved|made))\b"),
        ("experiment", "around", CLAUSE, rf"(?<!even )\b(?:if|when|whenever|once|as soon as|as long as|each time|every time) (?:i|we) (?:(?:do not|don't|didn't|instead|then|also|just|only|simply) )?(?!(?:look|see|saw|think|print|plot|check|understand|say|read|run|ran|train|test|evaluate|call|start|get|got|ask|watch|compare|use (?:the|my) (?:trained|saved)|show|feed|predict|call|plot|load|monitor|inspect|measure|add up)\w*\b)(?:\w+ ){{0,1}}?{_CHANGED}\b|(?<!even )\b(?:if|when|whenever|once|as soon as) (?:i|we) (?:(?:do not|don't|didn't) )?(?:set|used?(?! (?:the )?(?:model\.)?(?:predict|evaluate))|activat\w+|enabl\w+|appl(?:y|ied)|normali\w+|augment\w*|fine-?tun\w*|stop\w*|start(?:ed)? with|keep|kept|put|go|went|pass\w*|try|tried)\b|(?:^|(?<=[,;]\s))by \w+ing\b|(?:^|(?<=[,;:]\s)|(?<=but ))without (?!any (?:luck|success)|success|luck|doubt|knowing|seeing|changing)|(?:^|(?<=[,;:]\s))(?:removing|dropping|disabling|switching|changing|replacing|lowering|reducing|increasing|adding|turning|scaling|oversampling|shuffling|unfreezing|freezing|balancing|augmenting|cleaning)\b(?=[^.;:?]{{3,60}}\b(?:made|makes|brought|brings|cured?s?|fix\w*|help\w*|solv\w*|did|does|gave|gives|got|gets|improv\w*|work\w*|chang\w*)\b)|(?:^|(?<=[.,;:]\s))(?!(?:train|us|test|accord|includ|dur|interest|noth|someth|everyth|look|runn|try|consider|assum|suppos|be|hav|go|see|say)\w*ing\b)[a-z]{{2,14}}ing\b(?=[^.;:?]{{3,60}}\b(?:did the trick|(?:really |only |finally )?(?:helped|worked|cured|fixed|solved|made|brought|took|got me|gave me|cost me))\b)|\b(?:removing|disabling|adding|turning off|(?:dropping|lowering|reducing|increasing)(?= (?:the|my|its|a|an|batch|learning|lr|dropout|weight|regul\w*|number|size|augmentation|some|more|it)\b)|using (?=[^.;,]{{0,40}}\binstead\b))\b|\bwithout (?=[^.;,]{{1,50}},? (?:it|the|my|i|everything|training|accuracy|loss|val\w*|both)\b[^.;]{{0,20}}\b(?:is|are|gets?|get|reach\w*|learns?|works?|goes|falls?|rises?|stays?|trains?|converge\w*|climbs?|drops?|improves?|memori\w+|overfits?|diverges?|explodes?|hits?|predicts?|does))|(?:(?<=[,;:]\s)|(?<=but )|^(?=.{{4,80}}[,;]\s(?:but )?with(?:out)?\b))(?:with|using) (?!evaluate|predict)(?=[^.;,]{{1,40}},? (?:it(?:'s)?|the (?:same|net\w*|model|loss|acc\w*|training|thing)|my (?:model|net\w*)|everything|training|accuracy|loss|val\w*|both|i (?:get|got|reach))\b[^.;]{{0,25}}\b(?:is|are|gets?|get|got|reach\w*|learns?|learned|works?|worked|goes|falls?|fell|rises?|stays?|trains?|converge\w*|climbs?|drops?|improves?|collapses?|memori\w+|overfits?|diverges?|explodes?|hits?|predicts?|does(?:n't)?))"),
        ("after", "on", CLAUSE, r"\b(?:i|we)(?:'ve| have)? (?:also|even|then|once|briefly) (?:tried|tested|experimented with)\b"),
        ("other", "on", SENTENCE, r"\b(?:(?:my|a|an|another|our|some|his|her|one|the) (?:\w+ )?(?:labmate|mentor|teacher|reviewer|girlfriend|boyfriend|wife|husband|friend|colleague|supervisor|boss|professor|prof|advisor|co-?worker|classmate|team-?mate|flatmate|roommate|brother|sister|cousin|user|student|person|team|guy|group|competitor|intern|predecessor|neighbou?r)s?(?:'s)?|somebody(?: else)?(?:'s)?|someone(?: else)?(?:'s)?|others\b|other (?:people|users|teams|groups|students)|most people|people|(?:the|these) authors?|(?:the|this|a|their|original) (?:\w+ )?paper(?:'s)?|(?:in|from) (?:the|this|that|a|another) (?:\w+ )?(?:paper|repo\w*|kernel|thread|post|github issue)|(?:the|a|kaggle) winners?|he|she|his|her (?=net|model|loss|acc|train|val)|their (?=net|model|loss|acc|train|val|own|data)|in their \w+|your (?=paper|repo\w*|readme|results?|report\w*|code|published)|they (?=report\w*|sa(?:y|id)|get|got|claim\w*|use[ds]?|reach\w*|did|do|have|had|train\w*|freeze|froze|shuffl\w+)|in (?:this|that|the) question)\b"),
        ("documentation", "on", SENTENCE, r"\b(?:(?:keras|pytorch|tensorflow|tf|official|api|the|this|their|an?) (?:\w+ )?(?:manual|guide|reference|examples?)|chollet|docs?|documentation|readme|tutorials?(?! network)|(?:text)?books?(?! cover| page| image| data)|courses?|lectures?|(?:model )?(?:zoo|hub)(?: page)?|handbooks?|sample code|youtube video|blogs?(?: ?posts?)?|medium post|(?:the|an|this) article|examples? (?=uses|shows|has)|according to|textbooks?|from what i (?:have )?read|i (?:have )?read(?: somewhere)? that|it is (?:often )?said|they say|in the literature|rule of thumb|people (?:often )?say)\b"),
        ("documentation", "back", SENTENCE, r"\bif i (?:read|understand|understood|remember) (?:the )?(?:\w+ )?(?:manual|docs?|documentation|paper)\b"),
        ("documentation", "back", SENTENCE, r"\b(?:according to|as) (?:the|keras|its|their|tensorflow|pytorch)?\s?(?:\w+ )?(?:docs?|documentation|manual|tutorial|book|guide|course)\b"),
        ("other", "on", SENTENCE, rf"\b(?:my|our|an?|his|her|one|some|another) (?:\w+ ){{0,2}}?{_NO_SPEAKER}[a-z]+ (?:(?:here|there|who|that|just|always|also|even|recently|once) (?:\w+ )?)?(?:claims?|claimed|says|said|swears?|swore|insist(?:s|ed)|argue[sd]|thinks|believes|reckons|suspects|wrote|writes|mentioned|told|pointed out|keeps (?:saying|telling)|suggest(?:s|ed)|recommend(?:s|ed)|advise[sd]|complain(?:s|ed)|remarked|maintains|is (?:convinced|sure|certain))\b"),
        ("supposed", "on", SENTENCE, rf"\b(?:my|our|an?|his|her|one) (?:\w+ ){{0,2}}?{_NO_SPEAKER}[a-z]+ (?:\w+ )?(?:thinks?|thought|believes?|reckons?|suspects?|suspected|guesses|fears|is (?:convinced|sure))\b"),
        ("other", "on", SENTENCE, r"\b(?:he|she|they) (?:\w+ )?(?:told|says?|said|thinks?|believes?|insists?|claims?)\b"),
        ("supposed", "on", SENTENCE, r"\b(?:he|she|they|prof\w*|boss|friend|colleague|supervisor|mate|teacher|advisor) (?:\w+ )?(?:thinks?|believes?|suspects?|guesses)\b"),
        ("asked", "back", SENTENCE, r", (?:are they|is it|isn'?t it|does it|doesn'?t it|right|don'?t they|do they|am i|aren'?t they)\b(?=[^?]{0,60}\?)"),
        ("other", "on", SENTENCE, r"\b(?:notebook|repo\w*|kernel|code|script) (?:that )?(?:i|we) (?:\w+ )?(?:copied|found|cloned|downloaded|forked)\b|\bkaggle notebook\b"),
        ("negated", "back", 6, r"\?\s+(?:no|nope)\b(?=[,.])"),
        ("hypothetical", "around", CLAUSE, r"\b(?:would|could|might) have\b"),
        ("other", "back", SENTENCE, r"\bas (?:a|my|the|our) (?:reviewer|colleague|friend|supervisor|boss|professor|teacher)\b"),
        ("answer", "on", SENTENCE, r"\b(?:(?:an|one|the|some|accepted|another|this|that|top|first|second|every|other|a|in) (?:\w+ )?(?:answers?|comments?|commenters?|repl(?:y|ies))(?! to\b| these\b| this\b)|(?:some(?:one|body)|a user|a friend|my \w+|people|users?|he|she|they|one person|another user) (?:\w+ )?(?:answered|commented|replied|pointed out)|chatgpt|gpt-?4?|stack ?overflow|i was (?:told|advised)|it was (?:suggested|recommended|pointed out)|was suggested)\b"),
    ),
    pseudo=Pattern(
        r"\b(?:as|than) (?:i |we )?expected\b|\bno,? (?=(?:i|it|we|they|that's|there)\b)|\bonly if\b|\bnot (?:only|just|merely|to mention|surprising\w*|(?:quite |really |so )?sure|clear|yet|until|that|necessarily|bad|good|great|helpful)\b|\bno (?:doubt|wonder|matter|idea|clue|problems?|explanation|surprise|change|difference|effect)\b|\bwithout (?:a |any )?(?:doubts?|problems?|success|luck|effect|changing anything)\b|\bwhy not\b"
        r"|\b(?:do(?: not|n'?t)|did(?: not|n'?t)|can(?:not|'?t)|could(?: not|n'?t)) (?:really |quite |even )?(?:know|understand|get (?=why|how)|see why|explain|figure|find|tell|get it)\b|\bwhether or not\b|\bif not\b|\bor not\b|\b(?:wouldn't|would not) (?:be|mind)\b|\bhelp (?:would|is|will)\b|\bwould (?:appreciate|be (?:great|nice|happy|grateful|thankful))\b|\bis (?=(?:this|it|that|such)\b[^?]{0,60}\b(?:normal|ok|usual|common|expected|bad)\b)|\bmaybe (?=\d|one |two |half|a (?:few|third))|\b(?:does|do|did|will)(?: not|n'?t) (?=(?:even )?(?:go|get|rise|come|climb|exceed|reach) ?(?:above|over|beyond|past|to)?\s?(?:\d|0?\.\d))|\bnever (?=(?:goes|gets|rises|exceeds|reaches) ?(?:above|over|beyond)?\s?\d)|\bnot (?=even \d|(?:yet )?seen)|\bis it (?:normal|ok|usual|bad|common)\b|\bisn't it (?:odd|strange|weird|normal)\b|\bis there (?:a|any|some) (?:reason|explanation|way|bug|trick)\b|\b(?:can|could|would|does|do|has) (?:any ?(?:one|body)|some ?(?:one|body)|you)\b(?! (?:\w+ )?(?:say|call|think|believe|suspect)\b)(?! (?:tell me|say|call|know|see|confirm) (?:if|whether))|\bwhat (?:could|can|should|would|might|may|am|is|do)\b|\bwhy (?:is|are|does|do|did|would|should|could|might|can)\b|\bhow (?:is|are|does|do|did|would|should|could|can) (?:it|this|that)\b|\bwhat should\b|\bi (?:would|'d)(?= not (?:say|call|describe|speak))|\b(?:nobody|no one|no-one) (?:could|can) (?:explain|tell|help)\b|\bmay \d|\bbefore (?:training|feeding|the split|splitting)\b|\bexcept(?:ed)? (?:for|that)\b"
    ),
    ends_negation=Pattern(
        r",(?!\d|\s?that\b)|[;:()\u2013\u2014]|\s-\s|[.!?](?=\s|$)|\b(?:but|however|except|although|though|while|whereas|yet|because|since|as|so|then|which|when|if|still|only|after|until)\b|\b(?:yes|yeah|yep) (?=(?:i|it|the|we|they|my|there)\b)|\b(?:and |but )?no (?=(?:i|it|we|they)\b)|\band (?=(?:it|its|the|my|i|we|then|all|every|each|training|validation|test|accuracy|loss|val\w*|also|both|now|there|predict\w*)\b)"
    ),
    ends_all=Pattern(
        r"[;:]|[.!?](?=\s|$)|\b(?:but|however|except|although|though|while|whereas|yet|nevertheless)\b|\binstead\b(?! of)|, so (?=i |it|my)|\s-\s|[\u2013\u2014]|\bnow (?=it|the|my|i|that)|, (?=now|today|currently)|\bgiven that\b|\bwhy (?=the|my|is|does|it|loss|acc)|\b(?:then|later|suddenly)\b"
    ),
    ends_own=Pattern(
        r"(?:\band|,|\bor|\bhowever|\bso) (?=(?:mine|my|i(?! should| must| need| have to| ought)|i'm|i've|in my|with me|for me|we|our|now|today|could mine)\b)|(?<!of )\bmine\b|\b(?:with me|for me|in my case)\b"
    ),
    ends_phrase=Pattern(r"\b(?:the|it|its|my|i|we|everything|is|are|was|were|reach\w*|training|loss|accuracy|at|for|on|in|with|does|do)\b"),
)  # fmt: skip

_RU_CHANGED = r"(?:убра|убер|удал|добав|замен|смен|поменя|измен|уменьш|увелич|сниз|снижа|понижа|повыс|отключ|выключ|включ|размороз|замороз|переш|перейд|перемеш|попроб|стави|поста|использу|обуча|бер)\w*"
_RU = Language(
    triggers=_rows(
        ("after", "on", CLAUSE, r"(?<=,\s)(?:а\s)?после(?=\s(?:стал|начал|пош[лё]|не\s|упал|вырос|только|уже|\d))"),
        ("imagined", "on", SENTENCE, r"(?:^|[.,;:]\s)(?:допустим|предположим|представ(?:им|ь|ьте|ляем)|скажем|а?\s?что,? если|что будет,? если|положим)(?!\w)|(?<!\w)если бы(?!\w)"),
        ("imagined", "on", CLAUSE, r"(?<!\w)(?:думал\w*|полагал\w*|считал\w*|казалось|боял\w+|подозревал\w*)(?!\w)"),
        ("supposed", "around", CLAUSE, r"(?<!\w)(?:вроде бы|вроде|как будто|по-видимому|судя по всему|насколько я (?:понимаю|знаю|вижу))(?!\w)"),
        ("supposed", "on", CLAUSE, r"(?<!\w)\w+\s(?:думает|считает|полагает|подозревает|предполагает|уверен\w*)(?!\w)"),
        ("other", "on", SENTENCE, r"(?<!\w)(?:мо[йяи]|наш[аи]?|один|одна|его|её)\s(?:\w+\s)?(?!сет|модел|лосс|код|скрипт)\w+\s(?:говорит|сказал\w*|считает|думает|утверждает|уверя\w+|полагает|подозревает|пишет|написал\w*|советует|посоветовал\w*|настаивает)(?!\w)"),
        ("negated", "back", 3, r"(?<!\w)не\s(?:зада(?:ю|вал\w*|ны|вали)|став\w+|поставил\w*|трога\w+|пробова\w+|попробова\w+|включал\w*|примен\w+|менял\w*|нужн\w+|использов\w+|перемешив\w+|нормализ\w+|замораж\w+|замороз\w+)(?!\w)"),
        ("expected", "on", CLAUSE, r"(?<!\w)(?:попробуйте|используйте|добавьте|проверьте|увеличьте|уменьшите|снизьте|поставьте|перемешайте|нормализуйте|заморозьте|разморозьте|уберите|замените|завтра|в планах|скоро|ещё не (?:пробовал\w*|делал\w*)|попробую|добавлю|поставлю|сделаю|буду пробовать)(?!\w)"),
        ("negated", "on", 6, r"(?<!\w)(?:не|ни|нет|нельзя сказать|никогда|никак\w*|исключ\w+|забыл\w*|отсутству\w+|перестал\w*)(?!\w)"),
        ("negated", "phrase", 4, r"(?<!\w)(?:без|вместо|убра[лт]\w*|удали\w+|отключи\w+|выключи\w+|убира\w+|отключа\w+)(?!\w)"),
        ("ceased", "on", 6, r"(?<!\w)(?:больше не|перестал\w*|уже не|больше нет)(?!\w)"),
        ("ceased", "back", 4, r"(?<!\w)(?:перестал\w*|больше нет)(?!\w)"),
        ("negated", "back", 5, r"(?<!\w)(?:нет|не (?:использу\w+|применя\w+|дела\w+|добавля\w+|включа\w+|бер\w+|брал\w*|взял\w*|причина|наблюда\w+|происход\w+|было)|отключен\w*|выключен\w*|отсутству\w+|исключен\w*|исключено)(?!\w)"),
        ("supposed", "on", CLAUSE, r"(?<!\w)(?:думаю|полагаю|кажется|похоже|возможно|может|наверн\w+|вероятно|видимо|подозрева\w+|предполага\w+|боюсь|считаю,? что|по-моему|не уверен\w*|допустим|вдруг|скорее всего|сомнева\w+)(?!\w)"),
        ("hypothetical", "around", SENTENCE, r"(?<!\w)если бы(?!\w)"),
        ("possible", "on", CLAUSE, r"(?<!\w)(?:могл[аои]?|бы)(?!\w)"),
        ("supposed", "back", CLAUSE, r"(?<!\w)(?:наверное|кажется|вероятно|видимо|возможно|думаю|по-моему)[.!?)]*\s*$"),
        ("asked", "around", SENTENCE, r"(?<!\w)(?:ли|или нет|разве|неужели)(?!\w)(?=[^?]{0,300}\?|[^.;]{0,300}$)"),
        ("asked", "on", SENTENCE, r"(?:^|[,;:.–—-]\s*)(?:а |это|значит,? это|может,? это|нужно|надо|стоит|правильно|так)(?=[^?;]{0,300}\?\s*$)"),
        ("expected", "around", SENTENCE, r"(?<!\w)(?:стоит ли|нужно ли|надо ли|следует ли|должн\w+ ли|нужно (?=[^?.]{0,300}\?))"),
        ("expected", "on", CLAUSE, r"(?<!\w)(?:долж\w+|ожида\w+|жду|хочу|хотел\w*|хотя бы(?=\s\d)|хотелось|надея\w+|надеюсь|обеща\w+|цель\w*|планиру\w+|собира\w+|требу\w+|нужно (?:получить|достичь)|необходимо|буду|обычно|в теории|по идее|мечта\w*|следует|в идеале)(?!\w)"),
        ("expected", "on", CLAUSE, r"(?<!\w)(?:по?советова\w+|посоветовал\w*|совету\w+|рекоменду\w+|рекомендовал\w*|предлага\w+|предложил\w*|надо(?: было)?|нужно|стоит(?=\s\w+(?:ть|ти)(?!\w)))(?!\w)"),
        ("before", "around", CLAUSE, r"(?<!\w)(?:до того|до этого|до (?:изменени\w+|разморозки|обновлени\w+|перехода|замены|добавления|удаления)|прежде|пока я не|до сих пор)(?!\w)"),
        ("before", "on", CLAUSE, r"(?<!\w)(?:сначала|поначалу|вначале|в начале|первые \w+ эпох)(?!\w)(?=[^.;]{0,120}(?<!\w)(?:потом|затем|но|а|теперь|вдруг|дальше)(?!\w))"),
        ("before", "on", CLAUSE, r"(?<!\w)(?:раньше|ранее|прежде|вчера|на прошлой неделе|в прошл\w+|стар\w+ (?:верси\w+|модел\w+|сет\w+|код\w*)|сначала (?=был|обуча|работал)|изначально)(?!\w)"),
        ("before", "back", CLAUSE, r"(?<!\w)(?:раньше|ранее|вчера|на прошлой неделе|до этого)[.!]*\s*$"),
        ("after", "around", CLAUSE, r"(?<!\w)(?:после того,? как|после (?:этого|изменени\w+|разморозки|обновлени\w+|перехода|замены|добавления|удаления|отключени\w+|включени\w+|увеличени\w+|уменьшени\w+|снижени\w+)|с тех пор)(?!\w)"),
        ("experiment", "around", CLAUSE, r"^(?:добавление|удаление|уменьшение|увеличение|отключение|включение|заморозка|разморозка|замена|снижение)(?!\w)|(?:^|(?<=[,;]\s)|(?<= а\s)|(?<= но\s))без (?!сомнени|проблем|успех)"),
        ("after", "around", CLAUSE, r"^(?:убрал\w*|добавил\w*|заменил\w*|уменьшил\w*|увеличил\w*|отключил\w*|включил\w*|поменял\w*|разморозил\w*|заморозил\w*|поставил\w*|пробовал\w*|попробовал\w*|снизил\w*)(?!\w)(?=[^.;]{3,70}(?:,|[-–—])\s?(?:и|но|а|теперь)?\s?\w)"),
        ("experiment", "around", CLAUSE, rf"(?<!\w)(?:если|когда|как только)\s(?:я\s|мы\s)?(?:\w+\s)?{_RU_CHANGED}|(?:^|(?<=[,;:.]\s)|(?<= а\s)|(?<= но\s))(?:с|со|без|при)\s(?=[^.;,]{{2,40}},?\s(?:сеть|модель|всё|все|она|точность|ошибка|потери|loss|обучение|val\w*|уже)?\s?(?:дош|дойд|достиг|перест|начин|начал|пошл|обуча|учит|сход|работа|растёт|растет|пада|достига|получа|доходит|хорошо|нормально|стоит|застрева|не\s))"),
        ("other", "on", SENTENCE, r"(?<!\w)(?:(?:у|мой|моего|моя|моей|наш\w*|один|одного|друг\w+|знаком\w+)\s(?:мо\w+\s|одного\s|нашего\s|друг\w+\s)?(?:друг\w*|приятел\w+|коллег\w*|знаком\w+|начальник\w*|преподавател\w*|научн\w+|однокурсни\w+|одногрупп\w+|брат\w*|сосед\w*|сестр\w+|автор\w*|пользовател\w+|студент\w*|человек\w*|команд\w+|других|него|неё|нее|них|кого-то)|друг (?=\w)|коллега|приятель|знаком(?:ый|ая)|препод\w*|автор\w*|(?:в|из|этой)\s(?:стать\w+|репозитори\w+|работ\w+)|стать[ея] (?=пиш|утвержд|сообщ)|кто-то|кого-то|другие(?!\s(?:раз|случа|запуск|данн|датасет|картин|класс|метрик|слои|оптимиз))|его (?=сет|модел)|её (?=сет|модел)|у него|у неё|у них|победител\w+|другой (?:пользователь|студент))(?!\w)"),
        ("documentation", "on", SENTENCE, r"(?<!\w)(?:документаци\w+|туториал\w*|учебник\w*|книг\w+|курс\w*(?! обуч)|лекци\w+|руководств\w+|пример\w* (?:из|в) |мануал\w*|согласно|читал\w*|пишут|говорят|официальн\w+|блог\w*|хабр\w*|в статьях)(?!\w)"),
        ("other", "on", SENTENCE, r"(?<!\w)(?:кто-то|пользователь|коллега|друг|преподаватель|автор|он|она)\s(?:мне\s|\w+\s)?(?:посоветовал\w*|советует|сказал\w*|считает|говорит|утверждает|предложил\w*|уверен\w*)(?!\w)"),
        ("answer", "on", SENTENCE, r"(?<!\w)(?:(?:в|один|этот|том|одном|другом|первом)\s(?:из\s)?(?:ответ\w*|комментари\w+)|ответ\w* (?=пиш|утвержд|говор)|мне (?:сказали|ответили|посоветовали|советуют|говорят|написали|предложили|советовали)|(?:кто-то|пользователь|коллега|друг)\s(?:\w+\s)?(?:ответил\w*|написал\w*)|посоветовали|chatgpt|на форуме|в комментари\w+|ответили)(?!\w)"),
    ),
    pseudo=Pattern(r"(?<!\w)(?:или нет|не (?:только|просто|знаю|понима\w+|пойму|могу понять|уверен\w*|факт|секрет|важно|удивительно|сомневаюсь|помогает|помогло|помог\w*|меньше|больше|хуже|лучше)|без сомнени\w+|нет (?:ли|идей|сомнени\w+)|не бы|что (?:может|могло)|почему (?:не|может)|может кто\w*|кто может|до (?:\d|обучени\w+|подачи))(?!\w)"),
    ends_negation=Pattern(r",(?!\d|\s?(?:dass|daß|что|что бы|чтобы|que|qu|that)\b)|[;:()\u2013\u2014]|\s-\s|[.!?](?=\s|$)|(?<!\w)(?:но|однако|кроме|хотя|а|тогда|зато|потому|поэтому|если|когда)(?!\w)|(?<!\w)и\s(?=(?:точность|ошибка|потери|сеть|модель|она|я|все|всё|каждый|лосс|loss|val\w*|при|на)(?!\w))"),
    ends_all=Pattern(r"[;:]|[.!?](?=\s|$)|(?<!\w)(?:но|однако|хотя|зато|тогда как|теперь|сейчас|потом|затем)(?!\w)|\s-\s|[\u2013\u2014]|,\s(?=а\s)"),
    ends_own=Pattern(r"(?<!\w)(?:а|и|но)\s(?=у\sменя|у\sнас|мо[яйи]|я\s)|(?<!\w)у меня(?!\w)|,\s(?=я\s|мо[йяи]\s|у\sменя)"),
    ends_phrase=Pattern(r"(?<!\w)(?:сеть|модель|всё|все|она|точность|ошибка|потери|loss|обучение|на|в|до|при|с|не)(?!\w)"),
)  # fmt: skip

_ZH = Language(
    triggers=_rows(
        ("before", "back", CLAUSE, r"[，,](?:后来|最后|我)?(?:换成|改成|改用|换用|换了|改为)(?=[^。]{1,20}(?:就|才|好了|可以|能|正常|反而))"),
        ("imagined", "on", CLAUSE, r"我(?:本来|原来|一直|之前)?以为|(?:本来|原本)以为"),
        ("imagined", "on", SENTENCE, r"假设|假如|设想|倘若|如果(?!我|不)(?=[^。]{2,60}(?:可能|导致))|当(?=[^。]{2,40}时[，,][^。]{0,20}(?:会|可能))|要是(?=[^。]{2,30}(?:会|就|该))|如果(?=[^。]{2,40}(?:会不会|会怎样|怎么办|该怎么|是不是|要不要))"),
        ("expected", "on", CLAUSE, r"可以(?:考虑|尝试|试试|采用|使用|通过)|(?:请|不妨)(?:尝试|试试|检查|使用|加上|考虑)|打算|准备(?=加|用|试|换)|计划|明天|下一步|之后想"),
        ("negated", "on", 6, r"(?:(?<![是能会要可需该道])|(?<=应该)|(?<=还是)|(?<=都是)|(?<=可能))不(?!同|一样|平衡|均衡|变|稳定|断|止|过|管|知|明白|懂|确定|仅|但|是只|光|动|敢|好|对劲|到)|没有|没(?!什么|办法|想到)|无(?!法理解|论)|未|并非|从不|从来不|别的都不|忘了|忘记|而不是|排除|去掉|关掉|删掉|删除|移除"),
        ("ceased", "on", 6, r"不再|再也不|不再是"),
        ("negated", "back", 5, r"(?:都|也|就)?(?:不是(?:问题|原因)|没有(?:发生|出现|用)|没用|已?(?:关闭|关掉|排除|去掉)了?)"),
        ("supposed", "on", CLAUSE, r"可能(?!同时|会有)|也许|或许|大概(?!\s?\d)|应该不?是|估计|怀疑|我(?:并)?(?:不)?(?:想(?!要)|觉得|认为|猜)|感觉|似乎|好像|恐怕|假设|不确定|说不定"),
        ("supposed", "back", CLAUSE, r"(?:吧|的样子)[。？?！!]*\s*$"),
        ("asked", "around", SENTENCE, r"难道|是否|是不是|要不要|能不能|会不会|可不可以|需不需要|有没有(?=[^。]{0,100}[？?])|该不该|有没有必要"),
        ("asked", "back", SENTENCE, r"吗[？?。！!]*"),
        ("expected", "around", SENTENCE, r"要不要|需不需要|有没有必要|该不该|是否需要|需要[^。]{1,14}吗|要[^。，]{1,14}吗|建议(?=用|使用|加|把|你|我)"),
        ("expected", "on", CLAUSE, r"应该(?!不?是)|应当|期望|预期|希望|想要|目标|理论上|承诺|号称|要求|必须|打算|准备(?=用|加|把|改)|本该|本应|照理|按理|需要达到|正常情况|一般(?:来说|情况下)?|通常|理想"),
        ("expected", "on", CLAUSE, r"建议|推荐|提议|劝|(?<=[说，,:：])(?:要先?|得先?|需要)(?!求)|要用(?!了)|得用|需用"),
        ("before", "around", CLAUSE, r"刚开始|一开始(?=[^。]{0,40}(?:后来|然后|突然|之后|现在|但))|前[几\d一二三四五六七八九十]+(?:轮|个epoch)|(?<!训练)(?<!划分)(?<!输入)(?<!验证集)(?<!测试集)(?<!数据集)(?<!数据)之前|以前|原来|原先|上周|上次|昨天|最初|一开始的时候|改之前|修改前|解冻前|旧(?:版本|模型|代码)|起初|过去"),
        ("after", "around", CLAUSE, r"(?<!epoch )(?<!epoch)(?<!轮)(?<!周期)(?<!时间)(?<!步)(?<![，,])(?:之后|以后)|(?<!轮)(?<!最)(?<!之)(?<!以)(?<!然)(?<!epoch)(?<!epoch )后(?=[，,])|(?<=去掉)之?后|把[^，。]{1,10}(?:去掉|删掉|改成|换成|关掉|冻结|解冻)[^，。]{0,8}之?后|(?<=加上)之?后|(?<=换成)之?后|(?<=改成)之?后|(?<=删掉)之?后|自从|从那以后|此后"),
        ("experiment", "around", CLAUSE, r"(?:如果|要是|一旦|当我|只要|若)[^，。；]{0,6}(?:改|换|加|去掉|调|降|增|解冻|冻结|打乱|用|删|关|不用|把|减|设|移除)|换成|改成|改用|换用|(?:去掉|不用|关掉|加上|加了|减小|降低|增大|调小|调大)[^，。；]{1,14}(?=[，,]?(?:就|模型|网络|准确率|损失|可以|能|反而|则|loss|验证))|(?<=[，。；])用(?=[^，。；]{2,14}就)"),
        ("supposed", "on", SENTENCE, r"(?:师兄|师姐|同学|同事|老师|导师|朋友|他|她|别人)(?:觉得|认为|怀疑|猜)"),
        ("other", "on", SENTENCE, r"(?:我的?|我们|一个|一位|某个?|有个|隔壁|另一个?)?(?:朋友|同事|老板|导师|老师|同学|室友|师兄|师姐|学长|学姐|同门|网友|作者|用户|学生|队友|组)(?:们)?(?:的|说|用|跑|训练)?|别人|有人|其他人|他们?(?:的|说|用|报告|训练)|她的?|论文(?:里|中|的|报告|作者|说)|原文|人家|这篇(?:文章|论文)|冠军"),
        ("documentation", "on", SENTENCE, r"文档|教程|官方(?!数据)|书(?:上|里|中)|课程|课上|手册|博客|指南|README|示例(?:代码)?(?:里|中)|例子里|资料|据说|听说|教材|视频里|根据"),
        ("answer", "on", SENTENCE, r"(?:有个?|一个|这个|某个|那个|高赞|最佳|下面的?|别人的)?(?:回答|答案|评论|回复|评论区)(?:里|中|说|建议|认为|提到)?|有人(?:说|建议|回复|回答|答复)|网友(?:说|建议|回复)|ChatGPT"),
    ),
    pseudo=Pattern(r"不仅|不但|不只|不光|不单|不知道|不明白|不懂|不理解|不清楚|不得不|不管|不论|无论|毫无疑问|并?不是(?:不|没有?)|并非不|取之前|不用说|没想到|没办法|不好意思|为什么(?:会|不)?|怎么(?:会|不)?|不过|没错|差不多|要不然|不一会|没有(?:变化|改善|效果|提升|帮助|用处)|不太(?:确定|清楚|明白)|无疑|并不奇怪|训练之前|输入之前|几乎没"),
    ends_negation=Pattern(r"[，,；;：:。！!？?（）()]|但是?|然而|可是|却|而(?!不是)|除了|所以|因为|只(?:有|是)|就|、(?=验证|训练|损失|准确)"),
    ends_all=Pattern(r"[；;。！!？?]|[，,]之后|后来|随后|然后|但是?|然而|可是|却|不过|现在|如今|只是"),
    ends_own=Pattern(r"而我|[，,]\s?(?=我)|可(?=我)"),
)  # fmt: skip

_DE = Language(
    triggers=_rows(
        ("imagined", "on", CLAUSE, r"\b(?:ich (?:dachte|glaubte|nahm an|vermutete|befürchtete)|dachte ich)\b"),
        ("imagined", "on", SENTENCE, r"\b(?:angenommen|nehmen wir an|gesetzt den fall|was (?:wäre|passiert|passierte|geschieht),? wenn|stell\w* (?:dir|euch) vor|mal angenommen)\b|\b(?:wenn|falls) (?=(?:ich|man|wir|der|die|das) [^.;,]{3,60}\b(?:würden?|hätten?|wären?|sollten?)\b)"),
        ("other", "on", SENTENCE, r"\b(?:mein|meine|unser|unsere|der|die|ein|eine) (?!netz|modell|log|doku|fehler|verlust|skript|code)\w+ (?:\w+ )?(?:sagt\w*|meint\w*|glaubt\w*|behauptet\w*|denkt|dachte|vermutet\w*|schwört|besteht darauf|schrieb|schreibt|rät|empfiehlt)\b"),
        ("supposed", "on", SENTENCE, r"\b\w+ (?:glaubt|denkt|vermutet)\b"),
        ("expected", "on", CLAUSE, r"\b(?:morgen|demnächst|als nächstes|(?:habe|hab) (?:ich )?vor|plane|werde|noch ausprobieren|will noch)\b"),
        ("negated", "on", 7, r"\b(?:nicht|nie(?:mals)?|weder|vergessen|ausgeschlossen|nirgends)\b"),
        ("negated", "phrase", 3, r"\b(?:kein\w{0,2}|ohne|statt|anstatt)\b"),
        ("ceased", "on", 6, r"\b(?:nicht mehr|keine?n? \w* ?mehr)\b"),
        ("ceased", "back", 4, r"\bnicht mehr\b"),
        ("negated", "back", 6, r"\b(?:nicht(?: mehr)?|nie(?:mals)?|aus(?:geschlossen|geschaltet)|deaktiviert|fehlt|vergessen)\b(?=[^\wäöüß]*(?:$|[,.;!?)]|\b(?:und|aber|vor|verwend\w+|benutz\w+|einges\w+|gemischt|skaliert|normiert|eingefroren|augmentiert)))"),
        ("supposed", "on", CLAUSE, r"\b(?:vielleicht|vermutlich|wahrscheinlich|möglicherweise|womöglich|eventuell|ich (?:glaube|denke|vermute|nehme an|fürchte|meine)|glaube ich|vermute ich|dürften?|anscheinend|wohl|ob|nicht sicher|hätte)\b"),
        ("possible", "on", CLAUSE, r"\b(?:könnten?|würden?|hätte|wäre)\b"),
        ("expected", "on", CLAUSE, r"(?:^|[,:;–-]\s*)(?:soll(?:te)?|muss|müsste|brauche) ich\b"),
        ("asked", "on", SENTENCE, r"(?:^|[,:;–-]\s*)kann man (?:\w+ ){0,4}von\b(?=[^?]{0,300}\?)|(?:^|[,:;–-]\s*)(?:ist|sind|war|soll(?:te|en|ten)?|muss|müssen|kann|könnte|darf|liegt|hat|habe|haben|overfittet|brauche|braucht|wird|werden|lernt|reicht)\s(?:das|es|der|die|mein\w*|ich|hier|ein\w*|da|man|dropout|mein|jemand|in|wir|batch\w*)\b(?=[^?]{0,300}\?)|\bob\b"),
        ("expected", "on", CLAUSE, r"\b(?:sollten?|sollen?|erwart\w+|hoff\w+|möchte\w*|will|wollte|versprochen\w*|verspricht|ziel|eigentlich|müsste\w*|theoretisch|normalerweise|in der regel|geplant|idealerweise|werde ich)\b"),
        ("expected", "on", CLAUSE, r"\b(?:empf(?:iehlt|ahl|ohlen|ehlen)|rät|geraten|riet|vorgeschlagen|schlägt|solle)\b"),
        ("before", "around", CLAUSE, r"\b(?:anfangs|zunächst|zuerst|bevor|vorher|früher|zuvor|gestern|letzte woche|ursprünglich|vor (?:der|dem) (?:änderung|umstellung|auftauen|update|umstieg)|bis (?:gestern|dahin))\b"),
        ("after", "around", CLAUSE, r"\b(?:nachdem|seitdem|seit (?:ich|der|dem)|danach|nach (?:dem|der) (?:änderung|umstellung|auftauen|update|wechsel|entfernen|hinzufügen))\b"),
        ("experiment", "around", CLAUSE, r"\b(?:wenn|sobald|falls) (?:ich|wir|man)\b(?=[^.;,]{0,60}\b(?:weglass\w*|entfern\w*|änder\w*|ersetz\w*|hinzuf\w*|wechs\w*|senk\w*|erhöh\w*|verringer\w*|auftau\w*|einfrier\w*|abschalt\w*|ausschalt\w*|nehm\w*|verwend\w*|benutz\w*|misch\w*|umstell\w*|probier\w*|hinzunehm\w*|setz\w*))|(?:^|(?<=[,;:.]\s)|(?<=aber ))(?:mit|ohne|bei) (?=[^.;,]{2,40}\s(?:lernt|läuft|geht|steigt|fällt|sinkt|bleibt|erreich\w*|konvergiert|funktioniert|klappt|komm\w*|wird|ist|sind|trainiert|bekomm\w*))"),
        ("other", "on", SENTENCE, r"\b(?:(?:mein\w*|ein\w*|unser\w*|der|die) (?:\w+ )?(?:freund\w*|kolleg\w+|chef\w*|professor\w*|prof|betreuer\w*|kommilitone?\w*|bruder\w*|mitbewohner\w*|bekannte\w*|nutzer\w*|team|autoren|mitstudent\w*|dozent\w*)|jemand(?: ander\w+)?|ander\w+ (?:leute|nutzer)|die autoren|im paper|(?:das|dem) paper|(?:sein|ihr)e?n? (?:netz\w*|modell\w*)|bei ihm|bei ihr|er|andere)\b"),
        ("documentation", "on", SENTENCE, r"\b(?:doku\w*|tutorial\w*|(?:lehr)?buch\w*|kurs\w*|vorlesung\w*|handbuch\w*|laut(?! (?:ein|mein|dem|der)\w* (?:\w+ )?(?:kolleg|freund|chef|prof|betreuer|kommiliton))|anleitung\w*|gelesen|blog\w*|offiziell\w+|beispiel der|man liest)\b"),
        ("answer", "on", SENTENCE, r"\b(?:(?:eine|die|in einer|der) (?:\w+ )?(?:antwort|kommentar)\w*|(?:jemand|einer|ein nutzer) (?:\w+ )?(?:schrieb|schreibt|antwortete|kommentierte|geantwortet|geschrieben|kommentiert)|mir wurde|wurde mir|chatgpt)\b"),
    ),
    pseudo=Pattern(r"\bnicht (?:nur|sicher|umsonst|klar|ganz klar|verwunderlich)\b|\bohne zweifel\b|\bkeine? (?:ahnung|zweifel|idee|wunder|unterschied|besserung|erfolg)\b|\b(?:weiß|verstehe|versteh) (?:ich )?(?:leider )?nicht\b|\bwarum nicht\b|\bkann (?:mir )?jemand\b|\bworan (?:kann|könnte|liegt)\b|\bwas (?:kann|könnte|soll)\b"),
    ends_negation=Pattern(r",(?!\d|\s?(?:dass|daß|что|что бы|чтобы|que|qu|that)\b)|[;:()\u2013\u2014]|\s-\s|[.!?](?=\s|$)|\b(?:aber|jedoch|sondern|obwohl|während|außer|doch|weil|denn|dann)\b|\bund (?=(?:der|die|das|mein\w*|ich|es|alle|jede\w*|trainings\w*|val\w*)\b)"),
    ends_all=Pattern(r"[;:]|[.!?](?=\s|$)|\b(?:aber|jedoch|obwohl|während|doch|jetzt|nun|inzwischen)\b|\s-\s|[\u2013\u2014]"),
    ends_own=Pattern(r"\b(?:bei mir|meins|meines)\b|, (?=(?:mein\w*|ich(?! soll)|bei mir)\b)|\bund (?=(?:mein\w*|ich|bei mir)\b)"),
)  # fmt: skip

_ROMANCE_QUESTION = r"(?=[^?]{0,300}\?)"
_ES = Language(
    triggers=_rows(
        ("imagined", "on", CLAUSE, r"\b(?:pens[ée](?:aba)?|cre[ií](?:a|́a)?|cre[ií]a|supuse) que\b"),
        ("imagined", "on", SENTENCE, r"\b(?:supong(?:amos|o que|an)|imagin(?:a|e|emos|en|ad)|qué pasa(?:ría)? si|y si)\b|\bsi (?=(?:yo |el |la |los |las |mi )?(?:\w+ ){0,2}\w+(?:ara|iera|iese|aran|ieran)\b)"),
        ("other", "on", SENTENCE, r"\b(?:mi|un|una|el|la|nuestro) (?!red|modelo|log|código|error)\w+ (?:\w+ )?(?:dice|dijo|cree|piensa|afirma|asegura|insiste|sospecha|opina|sugiere|recomienda|escribió)\b"),
        ("supposed", "on", SENTENCE, r"\b\w+ (?:cree|piensa|sospecha|opina)\b"),
        ("expected", "on", CLAUSE, r"\b(?:mañana|voy a|pienso|planeo|próximo paso)\b"),
        ("negated", "on", 7, r"\b(?:no|nunca|ni|ning[uú]n\w*|jam[aá]s|tampoco|olvid[eé]\w*|descart\w+)\b"),
        ("negated", "phrase", 3, r"\b(?:sin|en (?:vez|lugar) de|falta de|quito|quitar|quitando|elimino|eliminar|desactivo)\b"),
        ("ceased", "on", 6, r"\b(?:ya no|dej[oó] de|dejaron de)\b"),
        ("negated", "back", 5, r"\b(?:est[aá]n? (?:desactivad\w+|descartad\w+|apagad\w+)|no (?:es el problema|ocurre|pasa|sucede|existe))\b"),
        ("supposed", "on", CLAUSE, r"\b(?:quiz[aá]s?|tal vez|probablemente|posiblemente|creo|pienso|supongo|sospecho|me temo|parece que|puede (?:ser )?que|a lo mejor|imagino|no estoy segur[oa])\b"),
        ("asked", "on", SENTENCE, rf"(?:^|¿|[,:;]\s)\s?(?:es|son|est[aá][ns]?|tienes|usas|has|debo|deber[ií]a|tengo|puede|podr[ií]a|hay|hace falta|conviene|necesito|significa|ser[aá]|se)\b{_ROMANCE_QUESTION}|\bsi (?:es|est[aá]n?|debo|deber[ií]a)\b{_ROMANCE_QUESTION}"),
        ("expected", "on", CLAUSE, r"\b(?:debo|tengo que|hace falta|conviene|deber[ií]an?|debe(?:n)?|esper(?:o|aba|amos|ando)|quiero|quer[ií]a|quisiera|objetivo|meta|promet\w+|se supone|en teor[ií]a|normalmente|tendr[ií]an?|pienso usar|voy a|idealmente)\b"),
        ("expected", "on", CLAUSE, r"\b(?:recomiend\w+|recomend\w+|aconsej\w+|sugier\w+|sugiri\w+|hay que)\b"),
        ("before", "around", CLAUSE, r"\b(?:al principio|antes(?! de (?:entrenar|pasar|dividir|alimentar|separar))(?: de)?|previamente|anteriormente|ayer|la semana pasada|al principio (?=era|estaba|funcionaba)|hasta ayer|sol[ií]a)\b"),
        ("after", "around", CLAUSE, r"\b(?:despu[eé]s de|desde que|tras|a partir de|luego de)\b"),
        ("experiment", "around", CLAUSE, r"\b(?:si|cuando|en cuanto) (?:le )?(?:quito|elimino|a[nñ]ado|agrego|cambio|reduzco|bajo|subo|aumento|uso|utilizo|pongo|pruebo|congelo|descongelo|desactivo|reemplazo|barajo)\b|(?:^|(?<=[,;:.]\s)|(?<=pero ))(?:con|sin|usando|al) (?=[^.;,]{2,40},? (?:s[ií] |ya )?(?:la|el|todo|funciona|aprende|converge|llega|alcanza|sube|baja|entrena|va|llego|obtengo)\b)"),
        ("other", "on", SENTENCE, r"\b(?:(?:mi|un|una|otro|otra|el|la) (?:\w+ )?(?:amig[oa]|colega|compa[nñ]er[oa]|jef[ea]|profesor\w*|tutor\w*|herman[oa]|usuario|estudiante|equipo|persona)|alguien|otros|los autores|el (?:paper|art[ií]culo)|en el (?:paper|art[ií]culo)|otra gente|ellos|[eé]l (?=dice|tiene|usa))\b"),
        ("documentation", "on", SENTENCE, r"\b(?:documentaci[oó]n|tutorial\w*|libros?|curso|manual|gu[ií]a|seg[uú]n|le[ií] que|he le[ií]do|blog|oficial\w*|apuntes)\b"),
        ("answer", "on", SENTENCE, r"\b(?:(?:una|la|en una|otra) (?:respuesta|comentario)\w*|(?:alguien|un usuario) (?:me )?(?:coment[oó]|respondi[oó]|escribi[oó])|me (?:dijeron|recomendaron|sugirieron|respondieron|dicen)|un comentario|chatgpt)\b"),
    ),
    pseudo=Pattern(r"\bno (?:solo|s[oó]lo|solamente|s[eé]|entiendo|comprendo|estoy segur[oa]|hay duda|me explico|obstante|es raro)\b|\bsin (?:duda|embargo|[eé]xito|mejora)\b|\bpor qu[eé] no\b|¿\s?(?:alguien|me) pued\w+\b|\bqu[eé] (?:puede|podr[ií]a|debo|debería)\b"),
    ends_negation=Pattern(r",(?!\d|\s?(?:dass|daß|что|что бы|чтобы|que|qu|that)\b)|[;:()\u2013\u2014]|\s-\s|[.!?](?=\s|$)|\b(?:pero|aunque|mientras|excepto|salvo|sino|porque|entonces|cuando|as[ií] que)\b|\b[ye] (?=(?:la|el|los|las|mi|mis|todo|todas|siempre|cada)\b)"),
    ends_all=Pattern(r"[;:]|[.!?](?=\s|$)|\b(?:pero|aunque|mientras|sin embargo|ahora)\b|\s-\s|[\u2013\u2014]"),
    ends_own=Pattern(r"\b(?:la m[ií]a|el m[ií]o|a m[ií]|en mi caso|yo)\b|(?:,|\by) (?=mi\b)"),
)  # fmt: skip
_PT = Language(
    triggers=_rows(
        ("imagined", "on", CLAUSE, r"\b(?:achei|pensei|achava|pensava|imaginei|supus) que\b"),
        ("imagined", "on", SENTENCE, r"\b(?:suponha\w*|supondo|imagin(?:e|em|a)|e se|o que acontece(?:ria)? se)\b|\bse (?=(?:eu |a |o |as |os )?\w+(?:ar|er|ir|asse|esse|isse)\b)"),
        ("other", "on", SENTENCE, r"\b(?:meu|minha|um|uma|o|a|nosso) (?!rede|modelo|log|código|erro)\w+ (?:\w+ )?(?:diz|disse|acha|pensa|acredita|afirma|garante|insiste|suspeita|sugere|recomenda|escreveu)\b"),
        ("supposed", "on", SENTENCE, r"\b\w+ (?:acha|pensa|acredita|suspeita)\b"),
        ("expected", "on", CLAUSE, r"\b(?:amanhã|vou|pretendo|planejo|próximo passo)\b"),
        ("negated", "on", 7, r"\b(?:n[aã]o|nunca|nem|nenhum\w*|jamais|tampouco|esqueci\w*|descart\w+)\b"),
        ("negated", "phrase", 3, r"\b(?:sem|em vez de|ao inv[eé]s de|tiro|tirar|removo|remover|retiro|desativo)\b"),
        ("ceased", "on", 6, r"\b(?:n[aã]o (?=\w+ mais)|j[aá] n[aã]o|deixou de|parou de)\b"),
        ("negated", "on", 6, r"\b(?:par(?:e|ar|a)|deix(?:e|ar|a)) de\b"),
        ("negated", "back", 5, r"\b(?:est(?:[aá]|ão) (?:desativad\w+|descartad\w+|desligad\w+)|n[aã]o (?:é o problema|ocorre|acontece|existe))\b"),
        ("supposed", "on", CLAUSE, r"\b(?:orientador\w*|professor\w*|colega|amig[oa]|chefe) (?:acha|pensa|acredita|suspeita)\b|\b(?:talvez|provavelmente|possivelmente|acho|penso|suponho|suspeito|creio|imagino|parece que|pode (?:ser )?que|n[aã]o tenho certeza|receio)\b"),
        ("asked", "on", SENTENCE, rf"\b(?:ser[aá] que|se é|se est[aá])\b|(?:^|[,:;–-]\s*)(?:é|s[aã]o|est(?:á|ão|ou)|devo|deveria|preciso|posso|h[aá]|tenho|isso é|isto é|vale)\b{_ROMANCE_QUESTION}"),
        ("expected", "on", CLAUSE, r"\b(?:devo|preciso|deveri\w+|deve(?:m)?|esper(?:o|ava|ado|ando)|quero|queria|gostaria|objetivo|meta|promet\w+|em teoria|normalmente|teria|vou|idealmente)\b"),
        ("expected", "on", CLAUSE, r"\b(?:recomend\w+|aconselh\w+|suger\w+|sugir\w+)\b"),
        ("before", "around", CLAUSE, r"\b(?:no começo|antes(?! de (?:treinar|passar|dividir|separar))(?: de)?|previamente|anteriormente|ontem|na semana passada|no in[ií]cio (?=era|estava)|at[eé] ontem|costumava)\b"),
        ("after", "around", CLAUSE, r"\b(?:depois (?:de|que)|desde que|ap[oó]s|a partir de)\b"),
        ("experiment", "around", CLAUSE, r"\b(?:se|quando|assim que) (?:eu )?(?:tiro|removo|retiro|adiciono|coloco|mudo|troco|reduzo|diminuo|aumento|uso|congelo|descongelo|desativo|substituo|embaralho|testo)\b|(?:^|(?<=[,;:.]\s)|(?<=mas ))(?:com|sem|usando|ao) (?=[^.;,]{2,40},? (?:a|o|tudo|funciona|aprende|converge|chega|atinge|sobe|cai|treina|vai|consigo|obtenho)\b)"),
        ("other", "on", SENTENCE, r"\b(?:(?:meu|minha|um|uma|outro|outra|o|a) (?:\w+ )?(?:amig[oa]|colega|chefe|professor\w*|orientador\w*|irm[aã]o?|usu[aá]rio|estudante|equipe|pessoa)|algu[eé]m|outros|os autores|(?:o|no) (?:paper|artigo)|outras pessoas|eles)\b"),
        ("documentation", "on", SENTENCE, r"\b(?:documenta[cç][aã]o|tutorial|tutoriais|livros?|curso|manual|guia|segundo|li que|blog|oficia\w*|apostila)\b"),
        ("answer", "on", SENTENCE, r"\b(?:(?:uma|a|numa|outra) (?:resposta|coment[aá]rio)\w*|(?:algu[eé]m|um usu[aá]rio) (?:me )?(?:comentou|respondeu|escreveu)|me (?:disseram|recomendaram|sugeriram|responderam)|um coment[aá]rio|chatgpt)\b"),
    ),
    pseudo=Pattern(r"\bn[aã]o (?:s[oó]|apenas|somente|sei|entendo|compreendo|tenho d[uú]vida|h[aá] d[uú]vida|obstante|tenho certeza)\b|\bsem (?:d[uú]vida|sucesso|melhora)\b|\bpor que n[aã]o\b|\balgu[eé]m (?:pode|sabe)\b|\bo que (?:pode|poderia|devo)\b"),
    ends_negation=Pattern(r",(?!\d|\s?(?:dass|daß|что|что бы|чтобы|que|qu|that)\b)|[;:()\u2013\u2014]|\s-\s|[.!?](?=\s|$)|\b(?:mas|embora|enquanto|exceto|sen[aã]o|porque|ent[aã]o|quando|por[eé]m)\b|\be (?=(?:a|o|os|as|meu|minha|tudo|todas|sempre|cada)\b)"),
    ends_all=Pattern(r"[;:]|[.!?](?=\s|$)|\b(?:mas|embora|enquanto|por[eé]m|agora)\b|\s-\s|[\u2013\u2014]"),
    ends_own=Pattern(r"\b(?:comigo|no meu caso|eu)\b|(?:,|\be) (?=(?:o meu|a minha|meu|minha)\b)"),
)  # fmt: skip
_FR = Language(
    triggers=_rows(
        ("imagined", "on", CLAUSE, r"\b(?:je pensais|je croyais|j'ai cru|j'ai pensé|je supposais) que?\b"),
        ("imagined", "on", SENTENCE, r"\b(?:supposons|imagin(?:ons|ez|e)|et si|que se passe(?:rait)?-t-il si|admettons)\b|\bsi (?=(?:je|on|nous|le|la|l'|mon|ma)\s?(?:\w+ ){0,2}\w+(?:ais|ait|ions|aient)\b)"),
        ("other", "on", SENTENCE, r"\b(?:mon|ma|un|une|notre|le|la) (?!réseau|modèle|log|code|erreur)\w+ (?:\w+ )?(?:dit|pense|croit|affirme|prétend|soupçonne|insiste|assure|suggère|conseille|recommande|a écrit|a dit)\b"),
        ("supposed", "on", SENTENCE, r"\b\w+ (?:pense|croit|soupçonne)\b"),
        ("expected", "on", CLAUSE, r"\b(?:demain|je vais|je compte|je prévois|prochaine étape)\b"),
        ("negated", "on", 7, r"\b(?:ne(?! (?:\w+ )plus)|jamais|ni|oubli[eé]\w*|exclu\w*)(?=\W)|\bn'(?=\w)"),
        ("negated", "phrase", 3, r"\b(?:sans|pas de|pas d'|aucune?|au lieu de|plut[oô]t que|enl[eè]ve|enlevant|retire|retirant|supprime|supprimant|d[eé]sactive)(?=\W)"),
        ("ceased", "on", 6, r"\b(?:ne|n')\s?(?=\w+ plus\b)|\bcess[eé] de\b"),
        ("negated", "back", 5, r"\b(?:est|sont) (?:d[eé]sactiv[eé]\w*|exclu\w*|coup[eé]\w*)\b|\bn'(?:est pas le probl[eè]me|arrive pas|existe pas)"),
        ("supposed", "on", CLAUSE, r"\b(?:peut-[eê]tre|probablement|sans doute|je (?:pense|crois|suppose|soup[cç]onne|crains|me demande|dirais)|il se peut|s[uû]rement|semble-t-il|on dirait|pas s[uû]re?|j'ai l'impression)\b"),
        ("asked", "on", SENTENCE, rf"\b(?:est-ce qu\w*|est-ce|faut-il|dois-je|peut-on|puis-je|y a-t-il|devrais-je|sont-\w+|est-il|est-elle|ai-je)\b|\bc'est\b{_ROMANCE_QUESTION}|\bsi (?:c'est|je dois)\b"),
        ("expected", "on", CLAUSE, r"\b(?:faut-il|dois-je|devrais-je|devrai(?:t|ent|s)|doit|doivent|attend\w*|esp[eé]r\w+|j'esp\w+|veux|voudrais|voulais|objectif|but|promet\w*|promis\w*|en th[eé]orie|normalement|est cens[eé]e?|sont cens[eé]\w+|je vais|id[eé]alement)\b"),
        ("expected", "on", CLAUSE, r"\b(?:recommand\w+|conseill\w+|sugg[eè]r\w+|il faut)\b"),
        ("before", "around", CLAUSE, r"\b(?:au début|avant(?! de (?:les|la|le|l'|s[eé]parer))(?: (?:de|que|d'))?(?! (?:l'entra[iî]nement|la division))|auparavant|pr[eé]c[eé]demment|hier|la semaine derni[eè]re|jusqu'[aà] hier|au d[eé]but (?=c'[eé]tait|[cç]a marchait))\b"),
        ("after", "around", CLAUSE, r"\b(?:apr[eè]s (?:avoir|que|le|la)|depuis que|depuis|d[eè]s lors)\b"),
        ("experiment", "around", CLAUSE, r"\b(?:si|quand|lorsque|d[eè]s que|en) (?:je |j'|on )?(?:enl[eè]ve|retire|supprime|ajoute|change|remplace|r[eé]duis|baisse|diminue|augmente|utilise|mets|passe|g[eè]le|d[eé]g[eè]le|d[eé]sactive|m[eé]lange|prends|enlevant|retirant|ajoutant|rempla[cç]ant|r[eé]duisant|baissant|utilisant|supprimant)\b|(?:^|(?<=[,;:.]\s)|(?<=mais ))(?:avec|sans) (?=[^.;,]{2,40},? (?:le|la|[cç]a|tout|il|elle|on|j'|je)\b)"),
        ("other", "on", SENTENCE, r"\b(?:(?:mon|ma|un|une|notre|le|la) (?:\w+ )?(?:amie?|coll[eè]gue|chef\w*|professeur\w*|prof|directeur\w*|fr[eè]re|utilisateur|[eé]tudiante?|[eé]quipe|camarade|encadrant\w*)|quelqu'un(?: d'autre)?|d'autres|les auteurs|l'article|dans (?:l'article|le papier)|le papier|chez lui|chez eux|son (?:r[eé]seau|mod[eè]le))\b"),
        ("documentation", "on", SENTENCE, r"\b(?:documentation|la doc|tutoriel\w*|tuto|livres?|cours\b(?! de)|manuel|guide|selon|d'apr[eè]s|j'ai lu|blog|officiel\w*)\b"),
        ("answer", "on", SENTENCE, r"\b(?:(?:une|la|dans une|autre) (?:r[eé]ponse|commentaire)\w*|un commentaire|(?:quelqu'un|un utilisateur) (?:m'a |a )?(?:r[eé]pondu|[eé]crit|comment[eé])|m'a r[eé]pondu|on m'a (?:dit|conseill[eé]|r[eé]pondu|sugg[eé]r[eé])|chatgpt)\b"),
    ),
    pseudo=Pattern(r"\bpas (?:seulement|uniquement|que|s[uû]re?|juste|simplement)\b|\bsans (?:aucun )?(?:doute|succ[eè]s|probl[eè]me|am[eé]lioration)\b|\bje ne (?:sais|comprends|vois) pas\b|\bpourquoi (?:pas|ne)\b|\bquelqu'un (?:peut|sait|pourrait)\b|\bqu'est-ce qu\w*|\bdepuis hier\b|\bn'h[eé]sitez pas\b"),
    ends_negation=Pattern(r",(?!\d|\s?(?:dass|daß|что|что бы|чтобы|que|qu|that)\b)|[;:()\u2013\u2014]|\s-\s|[.!?](?=\s|$)|\b(?:mais|bien que|tandis|alors|sauf|car|parce|donc|pourtant|quand)\b|\bet (?=(?:la|le|les|mon|ma|mes|tout|toutes|chaque|toujours)\b)"),
    ends_all=Pattern(r"[;:]|[.!?](?=\s|$)|\b(?:mais|bien que|tandis|alors que|pourtant|maintenant|d[eé]sormais)\b|\s-\s|[\u2013\u2014]"),
    ends_own=Pattern(r"\b(?:le mien|la mienne|chez moi|moi|mon cas)\b|(?:,|\bet) (?=(?:mon|ma|mes)\b)"),
)  # fmt: skip

_JA = Language(
    triggers=_rows(
        ("negated", "back", 8, r"(?:て|で)?(?:い|は|も|し)?(?:(?<!しれ)ない|(?<!しれ)ません|なかった|ませんでした|なく(?!て)|(?<!は)(?<!ら)ず(?=に|、|$)|なし|忘れ\w*|ありません)"),
        ("negated", "on", 3, r"(?:未|非|無)(?=\w)"),
        ("supposed", "back", CLAUSE, r"かもしれ\w*|と思\w*|でしょう(?!か)|だろう(?!か)|ようだ|ようです|気がし\w*|疑って\w*|と考え\w*|おそらく|たぶん"),
        ("supposed", "on", CLAUSE, r"おそらく|たぶん|多分|もしかして|恐らく"),
        ("asked", "back", SENTENCE, r"(?:でしょうか|ですか|ますか|だろうか|かどうか|べきか|のか)(?=[^なぜどうして]{0,100}$)"),
        ("expected", "back", CLAUSE, r"はず|べき|予定|したい|期待|目標|つもり|てほしい"),
        ("expected", "on", CLAUSE, r"目標|理論上|本来|期待"),
        ("before", "around", CLAUSE, r"以前|前は|変更前|する前|昨日|先週|もともと|当初|これまで|かつて"),
        ("after", "around", CLAUSE, r"(?:し|変え|外し|加え|減らし|増やし|解凍し|変更し)(?:た後|てから)|以来|変更後"),
        ("experiment", "around", CLAUSE, r"(?:する|変える|外す|加える|減らす|増やす|やめる|使う|にする)と|(?<!見)(?<!認し)(?<!べ)(?<!ってみ)たら(?!どう)|(?:すれば|なしだと|なら|だと)(?=、)"),
        ("other", "on", SENTENCE, r"先生|友人|同僚|友達|先輩|上司|教授|他の人|誰か|著者|論文|彼の?|彼女の?|知人"),
        ("documentation", "on", SENTENCE, r"ドキュメント|チュートリアル|公式|本に|本の|本で|教科書|講義|マニュアル|ブログ|記事|によると"),
        ("answer", "on", SENTENCE, r"回答|コメント|アドバイス|ChatGPT"),
    ),
    pseudo=Pattern(r"だけでなく|だけではなく|分からない|わかりません|分かりません|わからない|問題ない|間違いない|なぜ\w{0,6}か|できません|変わらない|変わりません|変化しない|しか\w{0,12}(?:ない|ません)|なのに"),
    ends_negation=Pattern(r"[。、，,；;！!？?「」（）()]|(?:が|けど|けれど|のに|ので)(?=、)"),
    ends_all=Pattern(r"[。；;！!？?]|(?:が|けど|けれど|のに)、|しかし|でも|一方|今は|現在"),
    ends_own=Pattern(r"私の|、(?=私|自分)"),
)  # fmt: skip
_KO = Language(
    triggers=_rows(
        ("negated", "back", 8, r"지(?:는|도)? ?(?:않|못|말)\w*|없\w*|아니\w*|아닙니다|안 (?=\w)"),
        ("negated", "on", 3, r"(?<!\w)(?:안|못)(?=\s)"),
        ("supposed", "back", CLAUSE, r"것 같\w*|듯\w*|지도 모르\w*|의심\w*|(?:라고|다고) 생각\w*"),
        ("supposed", "on", CLAUSE, r"아마|혹시|어쩌면"),
        ("asked", "back", SENTENCE, r"(?:나요|까요|인가요|을까|ㄴ가요|은가요|가요|습니까|입니까)(?=\s*\?)|(?:는|은|ㄴ)지"),
        ("expected", "back", CLAUSE, r"어야|여야|해야|기대\w*|예상\w*|목표\w*|싶\w*"),
        ("expected", "on", CLAUSE, r"목표|원래는|이론상|보통"),
        ("ceased", "on", 6, r"더 이상"),
        ("after", "around", CLAUSE, r"(?:더니|하니|니까)(?=\s)"),
        ("before", "around", CLAUSE, r"이전\w*|전에는|예전\w*|원래|어제|지난주|바꾸기 전\w*"),
        ("after", "around", CLAUSE, r"(?:한|꾼|든|뺀|거한|가한) ?(?:후|뒤)\w*|이후\w*"),
        ("experiment", "around", CLAUSE, r"(?:하면|바꾸면|빼면|쓰면|줄이면|늘리면|없이|없으면|제거하면|추가하면|사용하면)"),
        ("other", "on", SENTENCE, r"친구\w*|동료\w*|선배\w*|교수\w*|다른 사람\w*|누군가\w*|저자\w*|논문\w*|그의"),
        ("documentation", "on", SENTENCE, r"문서\w*|튜토리얼\w*|공식\w*|책에\w*|강의\w*|블로그\w*|에 따르면"),
        ("answer", "back", SENTENCE, r"(?:라는|다는) (?:답변|댓글)\w*"),
        ("answer", "on", SENTENCE, r"답변\w*|댓글\w*|(?:누가|누군가|친구가|동료가) \w*\s?(?:말|조언|추천)\w*|ChatGPT"),
    ),
    pseudo=Pattern(r"뿐(?:만)? 아니라|모르겠\w*|이해\w* (?:안|못)\w*|상관\s?없\w*|변화\w* 없\w*|변하지 않\w*|문제\w* 없\w*|밖에 안|왜\s[^?]{0,40}(?:나요|까요|가요)"),
    ends_negation=Pattern(r"[.,](?!\d)|[;!?()]|지만|는데|인데|하고|고 (?=\w)"),
    ends_all=Pattern(r"[.](?!\d)|[;!?]|지만|는데|인데|하지만|그러나|지금은"),
    ends_own=Pattern(r"제 (?=\w)|저는"),
)  # fmt: skip

LANGUAGES: dict[str, Language] = {
    "en": _EN, "ru": _RU, "zh": _ZH, "de": _DE, "es": _ES, "pt": _PT, "fr": _FR, "ja": _JA, "ko": _KO,
}  # fmt: skip
AGREEING = frozenset({"ru", "es", "pt", "fr", "zh", "ja", "ko"})
"""Languages in which several negations of one clause are one."""
NOT_YES_OR_NO = Pattern(
    r"\b(?:why|how|what|which|where|when|who|warum|wieso|weshalb|wie|was|welche\w*|woran|wo|por qu[eéê]|por que|porque|c[oó]mo|qu[eé]|cu[aá]l\w*|d[oó]nde|como|qual|quais|onde|pourquoi|comment|quoi|quel\w*|o[uù]|qu'est-ce)\b"
    r"|почему|зачем|отчего|как(?:ой|ая|ие|ую|ого)?(?!\w)|(?<!\w)(?:что|чем|где|откуда|сколько)(?!\w)"
)
"""A question with one of these takes the rest for granted."""
WITHOUT_SPACES = frozenset({"zh", "ja"})
