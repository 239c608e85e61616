"""The table of everything a check can find: one row per code. Codes never change their meaning once released."""

from typing import Final, NamedTuple


class Code(NamedTuple):
    """One kind of finding: its slug (the gallery file), a title for the reference page, and whether it stops a load."""

    slug: str
    title: str
    severity: str = "error"


CODES: Final[dict[str, Code]] = {
    # 1xx: the file and its YAML
    "NV101": Code("not-text", "The file is not UTF-8 text of at most 1 MB"),
    "NV102": Code("empty", "The file holds no program"),
    "NV103": Code("syntax", "The text is not YAML"),
    "NV104": Code("tab", "A tab where YAML wants spaces"),
    "NV105": Code("repeated-key", "The same key stands twice"),
    "NV106": Code("anchor", "Anchors, aliases and merge keys are not accepted"),
    "NV107": Code("tag", "Tags are not accepted"),
    "NV108": Code("too-deep", "The nesting is too deep"),
    "NV109": Code("several-documents", "More than one YAML document"),
    "NV110": Code("quote-it", "A value that YAML versions read differently"),
    "NV111": Code("bad-literal", "A date that does not exist, or a number that is too long"),
    "NV112": Code("bad-key", "A key that is not text"),
    # 2xx: the shape of a program
    "NV201": Code("unknown-key", "A key that does not belong here"),
    "NV202": Code("missing-key", "A key that is needed is missing"),
    "NV203": Code("wrong-kind", "A value of the wrong kind"),
    "NV204": Code("not-a-choice", "A value that is not one of the choices"),
    "NV205": Code("out-of-range", "A number outside its limits"),
    "NV206": Code("bad-text", "A text that is badly formed, empty or too long"),
    "NV207": Code("nothing-here", "A list or mapping with nothing in it"),
    "NV208": Code("unknown-operator", "An operator that does not exist"),
    "NV209": Code("operator-value", "An operator with a value of the wrong kind"),
    "NV210": Code("empty-value", "An operator without a value"),
    "NV211": Code("mixed-list", "A list that mixes kinds of values"),
    "NV212": Code("goal-measure", "A goal without exactly one measure"),
    "NV213": Code("scope-key", "A leaderboard scope without exactly one key"),
    "NV214": Code("badge-measure", "An `earned_by` without exactly one measure"),
    "NV215": Code("badge-steps", "A badge with both a target and tiers, or with neither"),
    # 3xx: references and what must agree
    "NV301": Code("unknown-challenge", "A challenge that is not declared"),
    "NV302": Code("unknown-badge", "A badge that is not declared"),
    "NV303": Code("repeated-id", "The same id is given twice"),
    "NV304": Code("unknown-timezone", "A time zone that does not exist"),
    "NV305": Code("unknown-object", "A Salesforce object that is not known"),
    "NV306": Code("unknown-recipient", "An Award Points To that is not known"),
    "NV307": Code("end-before-start", "The end comes before the start"),
    "NV308": Code("no-dates", "Dates that are needed are missing"),
    "NV309": Code("cadence", "A cadence that is missing or out of place"),
    "NV310": Code("outside-program", "A challenge outside the program's dates"),
    "NV311": Code("ends-and-weeks", "Both `ends` and `weeks` are given"),
    "NV312": Code("sum-object", "A sum goal whose object is not clear"),
    "NV313": Code("shares", "Shares that are more than the whole"),
    "NV314": Code("share-and-recipient", "Both `share` and `award_points_to` are given"),
    "NV315": Code("hold-without-undo", "An award is held that cannot be taken back as long"),
    "NV320": Code("unknown-country", "A country whose public holidays are not known"),
    "NV321": Code("unknown-subdivision", "A part that its country does not have"),
    "NV322": Code("repeated-person", "A person who stands twice in `people`"),
    "NV323": Code("unknown-target", "A personal target of a challenge that is not declared"),
    "NV324": Code("tiers-order", "Tiers that do not rise"),
    "NV325": Code("streak-keys", "A key that does not go with the measure"),
    "NV326": Code("percent-board", "A board by percent that nothing can be measured by"),
    "NV330": Code("grace-too-short", "A grace period that ends while awards are held"),
    "NV335": Code("approver-limit", "A limit for a second person that nobody asks for"),
    "NV337": Code("names-given-away", "A board that names those whom another holds back", "warning"),
    # 4xx: what can never happen
    "NV401": Code("change-on-create", "A rule on create that waits for a change"),
    "NV402": Code("contradiction", "Conditions that exclude each other"),
    "NV403": Code("no-rules", "A challenge that no rule feeds"),
    "NV404": Code("unwatched-object", "A goal on an object that no linked rule watches"),
    "NV405": Code("unreachable-target", "A target that cannot be reached"),
    "NV406": Code("empty-range", "A range of days that holds no day"),
    "NV410": Code("fair-without-end", "A fair challenge whose working days cannot be counted"),
    "NV411": Code("long-streak", "A streak longer than the time there is"),
    # 5xx: against an org, with `--org`
    "NV501": Code("org-object", "An object that the org does not show"),
    "NV502": Code("org-field", "A field that the org does not show"),
    "NV503": Code("org-parent", "A parent that the object does not have"),
    "NV504": Code("org-formula", "A formula, which changes without a sign"),
    "NV505": Code("org-type", "A field of a type that cannot be compared"),
    "NV506": Code("org-operator", "An operator that does not fit the field's type"),
    "NV507": Code("org-value", "A value of a kind that the field never holds"),
    "NV508": Code("org-picklist", "A value that a restricted picklist does not have"),
    "NV509": Code("org-open-picklist", "A value that a picklist does not offer", "warning"),
    "NV510": Code("org-record-type", "A record type that does not exist"),
    "NV511": Code("org-recipient", "An Award Points To that leads to no user"),
    "NV512": Code("org-sum", "A sum of what is no number"),
    "NV513": Code("org-goal-field", "A goal's field that not every object has", "warning"),
    "NV514": Code("org-unseen-change", "A change that is not the record's own", "warning"),
    "NV515": Code("org-no-history", "A step that may be missed, since there is no field history", "warning"),
    "NV516": Code("org-person", "A person that the org does not know", "warning"),
    "NV517": Code("org-role", "A role that the org does not know", "warning"),
    # 9xx: design advice
    "NV901": Code("many-rules", "More than four rules in one challenge", "warning"),
    "NV902": Code("challenge-length", "A challenge shorter than a week or longer than six", "warning"),
    "NV903": Code("points-spread", "Points that lie far apart", "warning"),
    "NV904": Code("any-edit", "A rule that any edit can set off", "warning"),
    "NV905": Code("money-goal", "A goal that counts money", "warning"),
    "NV906": Code("unused-badge", "A badge that nothing gives", "warning"),
    "NV907": Code("paid-twice", "Two rules that pay for the same fact", "warning"),
    "NV908": Code("stage-without-change", "A stage or status without `isChanged`", "warning"),
    "NV909": Code("no-leaderboard", "A program without a leaderboard", "warning"),
    "NV910": Code("small-cap", "A cap below the points of one award", "warning"),
}
