"""What software leaves in a field: templates nobody filled in, keys nobody translated, values printed as code.

Braces, percent signs and brackets stand in texts of people, too ("{JSON} logo", "50 % off", "[sic]"), and in formulas
written in TeX. So each form asks for more than the sign: a name inside it as programs have names.
"""

from __future__ import annotations

import re

_NAME = r"[A-Za-z_$@][\w$-]*"
_PATH = rf"{_NAME}(?:(?:\.|->|::)\w[\w-]*|\[[^\]]{{0,40}}\])*"
# Anywhere in a text: no person writes these.
_ANYWHERE = re.compile(
    rf"""
      \{{\{{[-~\#/^>&{{!=]{{0,3}}\s*(?!(?:and|or|und|oder|et|ou|y|o|e)\s*\}}\}})
        ['"$@_A-Za-z][^{{}}]{{0,200}}\}}\}}  # {{ x.y }}
    | \{{\{{\s*\}}\}}
    | \{{%-?\s*[a-z]\w*\b[^{{}}]{{0,200}}(?:%\}}|$)              # {{% if x %}}: Liquid, Jinja, Twig, Django
    | [\$\#@%~]\{{\s*{_PATH}[^{{}}]{{0,200}}\}}                   # ${{x}}, #{{x}}, %{{x}}: JavaScript, Ruby, Thymeleaf
    | \{{[$!_]{_PATH}[^{{}}]{{0,100}}\}}                          # {{$x}}: Smarty, Latte, Salesforce
    | \{{(?:if|elseif|foreach|for|while|include|assign|var)\s[^{{}}]{{0,100}}\$[^{{}}]{{0,100}}\}}
    | \{{/(?:if|foreach|for|while|block|capture|literal|section)\}} | \{{[lr]delim\}}
    | \{{!!\s?[^{{}}]{{0,200}}!!\}}                               # {{!! $x !!}}: Blade
    | \#(?:set|if|elseif|foreach|parse|include)\s?\(\s?[\$"]      # Velocity
    | <%[=\-@:]?\s*\S[^%]{{0,200}}(?:%>|$)                        # ERB, EJS, ASP
    | <\?(?:php|=)                                                # PHP
    | %%\w+%% | \*\|\w+\|\*                                       # Yoast, Mailchimp
    | \[%[-+]?\s*\w[^%]{{0,200}}%\]                               # Template Toolkit
    | \[object\ [A-Z]\w+\]                                        # JavaScript
    | \#<[A-Z]\w*(?:::\w+)*(?::0x[0-9a-f]+|\s|>)                  # Ruby
    | <(?:bound\ method|built-in|function|generator\ object|class\ ')\s?
    | \b(?:Warning|Notice|Deprecated|Fatal\ error)(?:</b>)?:\s+(?:Undefined|Trying\ to\ (?:get|access)|Array\ to\ string
      |Use\ of\ undefined|Attempt\ to\ read|Uncaught)
    | !\[[^\]]*\]\([^)]+\)                                        # Markdown
    """,
    re.X,
)
# A whole text of these.
_WHOLE = re.compile(
    r"""
      \{\s*(?:[a-z_]\w*(?:-\w+)*(?:[.\[(][^{}]*)?|\d*|\w|\*|OK)\s*\}  # {alt}, {0}, {o}: templates and wiki codes
    | \{\w+\s*\([^{}]*\)\s*\}                                 # {t('alt')}
    | \{\s*["'].*["']\s*:.*\} | \["[^\]]*"\] | b'.*'            # JSON and Python
    | \[\[\s*[+*$%~!#_A-Za-z@][^\[\]]*\]\]                        # MODX, Polymer, wiki
    | \[/?[a-z][\w-]*(?:\s+[\w-]+\s*=.*|(?::[\w-]+)+|_\w+)\]      # [caption id=1], [node:title], [post_title]
    | \[/[a-z][\w-]*\]                                            # [/caption]
    | \[[+*]\w[\w.:-]*[+*]\]                                      # [+alt+]: MODX
    | [\[<](?:[Ii]nsert|INSERT|[Aa]dd|ADD|[Ee]nter|ENTER|[Dd]escribe|[Tt]ype)\s(?:[\w-]+\s){0,3}
      (?:alt|text|description|caption|title|image|picture|photo|name|here|TEXT|DESCRIPTION|CAPTION|TITLE|HERE)(?:\s\w+)?[\]>]
    | [\[<](?:[Yy]our|YOUR|product|PRODUCT|post|POST|page|PAGE|image|IMAGE|item|ITEM|site|SITE|user|USER|company|COMPANY
      |client|CLIENT|alt)[\s_-](?!of\s)(?:[A-Za-z-]+\s?){1,4}[\]>]  # [product-title], [Your company name]
    | \[(?:Ihre?|Hier|Name\sde[rs]|Votre|Nom\sd[eu]|Su|Nombre\sde|Il\stuo|Nome\sd\w+|Uw|Naam\svan|Twoj[ea]|Nazwa)
      \s[\w\s]{2,30}\]
    # [TO EDIT: alt text], in nine languages
    | [\[({<【]\W*(?i:to\s?do|tbd|fixme
      |to\sbe\s(?:\w+\s)?(?:done|completed|filled|replaced|changed|edited|defined|added)|(?:please\s)?(?:edit|replace|change|fill)\s(?:me|this|here|in)|to\s(?:edit|replace|change|complete|fill|define)
      |[àa]\s(?:modifier|compl[ée]ter|remplacer|remplir|renseigner|d[ée]finir)
      |(?:bitte\s)?(?:zu\s)?(?:ersetzen|ändern|ergänzen|ausfüllen|anpassen)
      |(?:por|a)\s(?:completar|definir|modificar|rellenar|sustituir|reemplazar|preencher|substituir)
      |da\s(?:modificare|completare|inserire|sostituire|compilare|definire)
      |te\s(?:wijzigen|vervangen|bepalen|bewerken)|(?:nog\s)?in\ste\svullen
      |do\s(?:uzupełnienia|zmiany|wypełnienia|podmiany)|要修正|要変更|要編集|未定)
      (?:\s?[-–—:：].{0,200})?(?:[\])}>]|】.{0,60})
    # width=400, 300px|right: options of wikis
    | (?:width|height|align|border|style|float|[hv]space)\s?=\s?(?:"[^"]+"|'[^']+'|[\w%\#.-]+)
      (?:[\s|,;]+[\w-]+(?:\s?=\s?(?:"[^"]+"|'[^']+'|[\w%\#.-]+))?)*
    | \d{2,4}(?:x\d{2,4})?px(?:\|[\w=-]+)*
    | (?:thumb|frame|frameless|border|left|right|center|upright)
      (?:\|(?:thumb|frame|frameless|border|left|right|center|upright|\d{2,4}px))+
    | (?:TODO|FIXME|TBD|XXX)\b\s?[:–-].*
    | \{[a-z_]+(?::[a-z_]+)+\}                                    # {entry:title}
    | @(?:[Mm]odel|item|Html|View(?:Bag|Data)|image|Url|page|site)\.[A-Z]\w*(?:[.(]\S*)? | @\([A-Za-z][\w.]*\)  # Razor
    | \$!?[a-z_]\w*(?:(?:->|::|\.|\[)\S*)?                        # $alt, $!alt, $image->alt
    | %[A-Za-z_][\w.-]*% | %\([A-Za-z_]\w*\)[sd] | \#{2,3}\w+\#{2,3} | @@\w+@@ | __[A-Z][A-Z_\d]*__
    | %(?:\d\$)?[sd@i]
    | (?:i18n\.|this\.|\$|[\w\\]+::)*(?:t|tc|__|_e|_x|_|trans|translate|gettext|ngettext|lang|get|esc_(?:attr|html)\w*
      |asset|url|echo|get_\w+|the_\w+)\((?:\s*['"$].*)?\);?
    | (?:LLL:|i18n[.:]|@(?:string|lang)[/(])\S+                   # TYPO3, Android, Laravel
    | (?:COM|MOD|PLG|TPL|LBL|TXT|LANG|MSG|STR|I18N)_[A-Z\d_]+     # Joomla and others
    | (?:[A-Z][A-Z\d]*[_.])*ALT[_.]?TE?XT | [A-Z][A-Z\d]*(?:[_.][A-Z\d]+)*[_.]ALT
    | (?:[A-Z][A-Z\d_]*\.)+(?:TITLE|CAPTION|LABEL|HEADING|HEADLINE|DESCRIPTION|TEXT|IMAGE|LOGO)
    | (?:[a-z][\w-]*\.){2,}(?:title|caption|label|heading|headline|description|text|image|logo)
    | \?{3}\w\S*\?{3} | !{2,3}\w+(?:\.\w+)+!{2,3} | \[\w+(?:\.\w+)*\.(?:alt|title|caption)\]
    | [a-z][\w-]*(?:\.\w[\w-]*)*\.(?:\w+[_-])?(?:\w*[aA]lt(?:[_-]?[tT]e?xt)?|caption|aria[_-]?label|image[_-]?title)
    | System\.[A-Z][\w.`\[\]]+ | [a-z]\w*(?:\.\w+)+@[0-9a-f]{5,8} | (?:\w+:\s)?\w+\sobject\s\(\d+\)
    | \#(?:VALUE!|REF!|N/A|NAME\?|DIV/0!|NULL!)                   # spreadsheets
    | [Ll]orem\ ipsum(?:[,.]?\ dolor(?:\ sit)?(?:\ amet.*)?)?
    | (?:undefined|[Nn]ull|NULL|nan|[Nn]one|nil)(?:[\s|,/:_-]+(?:undefined|[Nn]ull|NULL|nan|[Nn]one|nil))+
    | (?:async\ )?function\s?\(.*
    | PIC                                                         # TeX4ht
    | Array | array\(\d*\)
    | (?:strict\s)?(?:di)?graph\s?[\w"]*\s?\{.* | @start(?:uml|mindmap)\b.*  # sources of diagrams
    | (?:graph|flowchart)\s(?:TD|TB|LR|RL|BT)\b.* | sequenceDiagram\b.* | (?:fig|img|tbl):\w[\w-]*
    """,
    re.X,
)
# A name of a program's in a text: "Photo of undefined", "Image {0} of {1}", "%s by %s".
_INSIDE = re.compile(
    r"""
      (?<![^\s"'(>|/:-])\{(?:[a-z][^\W_]*(?:[._]{1,3}[A-Za-z][^\W_]*)+|[a-z]+[A-Z]\w*|0)\}(?![\w{])
    | \b(?:of|by|for|von|de|di|van|do|da|par|por)\s\{[a-z]\w*\}$
    | (?:^|(?<!\d)[\s"'(>|/:-])%(?:\d\$)?[sd@](?=$|[\s"')<|/.,:;!?-])
    | ^(?:undefined|null|NaN)(?:'s\b|[\s_-]+
        (?:image|logo|photo|picture|icon|thumbnail|avatar|cover|poster|banner|profile)\b)
    | \b(?:of|by|for|image|photo|picture|logo|avatar|thumbnail|von|de|di|van|do|da)[\s:_-]+(?:undefined|null|NaN)$
    | [-_](?:undefined|null|NaN)$
    """,
    re.X,
)
_UNTRANSLATED = re.compile(
    r"(?:translation[\s_]missing|missing[\s_](?:translation|message))\b|\[missing \S+ translation\]|MISSING_MESSAGE\b",
    re.I,
)
# TeX, where braces are grouping; and texts that speak of such forms.
_FORMULA = re.compile(r"\\[a-zA-Z]+|[\^_]\{|\}\^|\$[^$]*[\\^_{][^$]*\$|^\$[^$]+\$$")
_SPEAKS_OF_FORMATS = re.compile(r"\b(?:s?printf|format)", re.I)
_HINT = re.compile(
    r"[【{}\[\]%$#<@\\_|*(?!]|ndefined|[Nn]ull|NULL|NaN|nan|[Nn]one|nil|ranslation|MISSING|missing|orem|Array|\bb'|LLL:|i18n"
    r"|(?:Notice|Warning|Deprecated|rror): |-->|sequenceDiagram|^(?:fig|img|tbl):|^(?:TODO|FIXME|TBD|XXX)"
    r"|\w\s?=\s?\S|\dpx|^PIC$"
)
MAX_CHARS = 1000


def is_formula(text: str) -> bool:
    """Whether a text is a formula written in TeX, or holds one."""
    return _FORMULA.search(text[:MAX_CHARS]) is not None


def is_leftover(text: str) -> bool:
    """Whether a text, its white space collapsed, is or holds what software left there."""
    if not (_HINT.search(text) or ("." in text and " " not in text)):
        return False
    text = text[:MAX_CHARS]
    if _UNTRANSLATED.search(text):
        return True
    if "{" in text and is_formula(text):
        return False
    if _ANYWHERE.search(text) or _WHOLE.fullmatch(text):
        return True
    return _INSIDE.search(text) is not None and not _SPEAKS_OF_FORMATS.search(text)
