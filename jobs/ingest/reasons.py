"""What each reason for refusing a row, line or file means, in a sentence for its supplier; and what each flag does."""

SUPPRESSED, RESTRICTED = "suppressed", "restricted"
"""Of rows, and of footage that was read and shows such vehicles."""
REASONS = {
    # files and lines
    "not_utf8": "The text is in another encoding than UTF-8, or holds NUL.",
    "line_too_long": "The line is longer than a line of this kind may be.",
    "wrong_header": "The first line is not the header that this kind of file must begin with.",
    "file_broken": "The compressed content breaks off, or goes on with something else: pack and send it again.",
    "file_too_large": "The file is longer, unpacked, than one of this kind may be.",
    "file_packed_otherwise": "The file is an archive or a workbook: send text, if packed with gzip or Zstandard.",
    "malformed": "The line has not the fields of its format, or a quote does not close.",
    SUPPRESSED: "The vehicle was erased: send nothing of it for that time.",
    RESTRICTED: "The vehicle is restricted from use for that time: the row is read again when that has ended.",
    # marks
    "vrm_missing": "The mark has no letter or digit.",
    "vrm_control_characters": "The mark holds control characters.",
    "vrm_letter_unknown": "The mark holds a letter that is none of A to Z and cannot be written in them.",
    "vrm_spreadsheet": "The mark is what a spreadsheet made of one: export the column as text.",
    "vrm_placeholder": "The text says that no mark was read: leave such rows out.",
    "vrm_formula": "The mark begins with a sign that a spreadsheet takes for a formula.",
    "vrm_too_long": "The mark has more characters than any registration mark.",
    "vrm_several": "The field holds several marks: give each a line.",
    "vrm_matches_everything": "The mark is wildcards alone.",
    "vrm_too_vague": "The mark fixes too few characters beside its wildcards.",
    # times
    "time_malformed": "The time of capture is not as 2026-11-20T08:15:03.120Z, or not in the calendar.",
    "time_no_zone": "The time of capture has no zone: end it with Z or an offset as +01:00.",
    "time_ambiguous": "The time on the wall came twice that night, when summer time ended.",
    "time_nonexistent": "The time on the wall did not come that night, when summer time began.",
    "time_future": "The time of capture lies after the day of arrival.",
    "time_expired": "The time of capture lies further back than the row may be kept.",
    # the rest of a read
    "confidence_scale": "The confidence is on another scale: 0 to 1 (or 93%), of a partner 0 to 100.",
    "confidence_invalid": "The confidence is no number from 0 to 1, of a partner from 0 to 100.",
    "image_invalid": "A picture is no base64 of a JPEG file.",
    "image_too_large": "A picture has more pixels than may be kept.",
    "source_unlicensed": "The source has no agreement in conf/partners.yaml that is in force: agree first, then send.",
    "camera_unknown": "The camera is not in the register: send the register first.",
    "camera_not_in_use": "The register says that the camera was not in use on the day of capture.",
    "camera_moved": "The camera says that it stands elsewhere than the register says.",
    # hot-lists
    "formula": "A field would run as a formula in a spreadsheet.",
    "purpose_unknown": "The reason does not begin with a purpose: INTEL, POST or ROADS.",
    "weed_date_missing": "The weed date is missing.",
    "weed_date_malformed": "The weed date is no date as 2026-11-30.",
    "weed_date_ambiguous": "The weed date may mean two days: write it as 2026-11-30.",
    "weed_date_spreadsheet": "The weed date is a spreadsheet's number of a day: write it as 2026-11-30.",
    "weed_date_too_far": "The weed date lies further ahead than an entry may last.",
    # sidecars
    "no_sidecar": "The video has no file of its name with the ending .json beside it.",
    "sidecar_malformed": "The sidecar is no JSON object with camera_id and started_at.",
}
FLAGS = {
    "transliterated": "the mark had letters that are not A to Z",
    "position_missing": "no position",
    "position_swapped": "latitude and longitude have changed places",
    "position_implausible": "the position lies outside of the area",
}
