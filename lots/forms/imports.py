"""Forms for importing a file of lots: check, import, template."""

import itertools
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lots.forms.base import CHOOSE, StepForm, TextBlockField, UploadField
from lots.imports.table_file import FORMATS
from lots.models import ImportedFile, Material


class CheckImportForm(StepForm):
    """A file with its map: typed, or that of an earlier import."""

    conditional = ("earlier", "map_text")

    upload = UploadField(
        label=gettext_lazy("File"),
        help_text=format_lazy(
            gettext_lazy("{formats}; at most 10 MB."), formats=", ".join(FORMATS)
        ),
        widget=forms.FileInput(
            attrs={"accept": ",".join(itertools.chain.from_iterable(FORMATS.values()))}
        ),
    )
    earlier = forms.ModelChoiceField(
        label=gettext_lazy("Column map of an earlier import"),
        queryset=ImportedFile.objects.none(),
        required=False,
        empty_label=gettext_lazy("None: use the column map below"),
    )
    map_text = TextBlockField(
        label=gettext_lazy("Column map"),
        required=False,
        help_text=gettext_lazy(
            "TOML that says what each column holds. Download one with the header below."
        ),
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["earlier"].queryset = ImportedFile.objects.select_related(
            "document"
        ).order_by("-pk")

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        earlier = cleaned.pop("earlier", None)
        if earlier is not None and cleaned.get("map_text"):
            self.add_error(
                "map_text", _("Choose an earlier column map or type one, not both.")
            )
        elif earlier is not None:
            cleaned["map_text"] = earlier.map
        elif not cleaned.get("map_text") and "map_text" not in self.errors:
            self.add_error(
                "map_text", _("Type a column map, or choose an earlier one.")
            )
        return cleaned

    def arguments(self):
        """Return the file and its map, wherever the map is from."""
        names = ("upload", "map_text")
        return {name: self.cleaned_data[name] for name in names}


class RunImportForm(StepForm):
    """The confirmation of a dry run: which file it was, by its digest, and its map."""

    sha256 = forms.RegexField(
        r"\A[0-9a-f]{64}\Z", max_length=64, widget=forms.HiddenInput
    )
    map_text = TextBlockField(widget=forms.HiddenInput)


class TemplateForm(forms.Form):
    """For which material a template is wanted."""

    # A form knows by the name of a field of which kind it is; Django does not.
    fields: dict[str, Any]

    material = forms.ModelChoiceField(
        label=gettext_lazy("Material"),
        queryset=Material.objects.none(),
        empty_label=CHOOSE,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["material"].queryset = Material.objects.order_by("name")
