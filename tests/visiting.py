"""A person at the site who knows no address: reads pages, follows links, fills forms.

Whatever is not on the page cannot be done, so a link or a field that is missing fails
the test. Forms carry their CSRF token or are refused, as in a browser; JavaScript is
off. Tests import it.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

_EMPTY = {"br", "col", "hr", "img", "input", "link", "meta"}
# What does not begin a new line: its text continues that around it.
_INLINE = {"a", "b", "code", "em", "span", "strong", "sub", "sup"}
_CONTROLS = ("input", "select", "textarea")


@dataclass(eq=False)
class Element:
    """An element of a page with what it holds."""

    tag: str
    attributes: dict
    parent: "Element | None" = field(default=None, repr=False)
    inside: list = field(default_factory=list)

    def __getitem__(self, name):
        return self.attributes.get(name) or ""

    def has(self, name):
        """Say whether the attribute is there, with a value or without."""
        return name in self.attributes

    def all(self, *tags):
        """Return every element of these tags inside, in the order of the page."""
        found = []
        for part in self.inside:
            if isinstance(part, Element):
                if part.tag in tags:
                    found.append(part)
                found += part.all(*tags)
        return found

    def words(self, *, without=""):
        """Return the text inside, without elements of one class."""
        return " ".join(self._text(without).split())

    def _text(self, without):
        parts = []
        for part in self.inside:
            if isinstance(part, str):
                parts.append(part)
            elif not without or without not in part["class"].split():
                text = part._text(without)
                parts.append(text if part.tag in _INLINE else f" {text} ")
        return "".join(parts)

    def own_words(self):
        """Return the text that is in no element inside."""
        text = "".join(part for part in self.inside if isinstance(part, str))
        return " ".join(text.split())

    def within(self, tag):
        """Return the nearest element of this tag around it, None if there is none."""
        around = self.parent
        while around is not None and around.tag != tag:
            around = around.parent
        return around


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.here = Element("page", {})

    def handle_starttag(self, tag, attrs):
        made = Element(tag, dict(attrs), self.here)
        self.here.inside.append(made)
        if tag not in _EMPTY:
            self.here = made

    def handle_endtag(self, tag):
        if tag == self.here.tag:
            self.here = self.here.parent
        elif self.here.within(tag) is not None:
            self.here = self.here.within(tag).parent

    def handle_data(self, text):
        self.here.inside.append(text)


def read(markup):
    """Return a page as elements, without its templates."""
    reader = _Reader()
    reader.feed(markup)
    for template in reader.root.all("template"):
        template.inside.clear()
    return reader.root


class Visitor:
    """Somebody at a browser without JavaScript, with the page that lies open."""

    def __init__(self):
        self.client = Client(enforce_csrf_checks=True)
        self.address = "/"
        self.answer = self.page = None

    def open(self, address):
        """Open an address, as one that was typed or scanned."""
        return self._take(self.client.get(address, follow=True), address)

    def sign_in(self, username, password):
        """Open the site and sign in on the page that it leads to."""
        self.open("/")
        self.type("Username", username)
        self.type("Password", password)
        return self.press("Sign in")

    def sign_out(self):
        """Press the button for it, which every page has."""
        foot = next(
            one for one in self.page.all("div") if "side-foot" in one["class"].split()
        )
        return self.press("Sign out", within=foot)

    def follow(self, words, *, within=None):
        """Follow the link with these words; two may say the same if they lead there."""
        addresses = {
            urljoin(self.address, one["href"])
            for one in (within or self.page).all("a")
            if words
            in (
                one.words(),
                one.words(without="visually-hidden"),
                one.words(without="count"),
            )
        }
        return self.open(self._one(list(addresses), f"link “{words}”"))

    def type(self, label, text, *, within=None):
        """Type into the field of this label, or choose there by the words shown."""
        control = self._control(label, within)
        if control.tag == "select":
            option = self._one(
                [one for one in control.all("option") if one.words() == text],
                f"choice “{text}” of {label}",
            )
            control.attributes["typed"] = option["value"]
        else:
            assert control["type"] not in ("file", "checkbox", "radio"), label
            control.attributes["typed"] = text

    def fill(self, fields, *, within=None):
        """Type into each field of a form."""
        for label, text in fields.items():
            self.type(label, text, within=within)

    def tick(self, label, *, within=None, on=True):
        """Tick the box of this label."""
        box = self._control(label, within)
        assert box["type"] == "checkbox", label
        if on:
            box.attributes["checked"] = ""
        else:
            box.attributes.pop("checked", None)

    def choose_file(self, label, name, content):
        """Choose a file of one's own machine."""
        control = self._control(label, None)
        assert control["type"] == "file", label
        control.attributes["typed"] = SimpleUploadedFile(name, content)

    def press(self, words, *, within=None):
        """Press the one button with these words; what was typed is sent with it."""
        button = self._one(
            [
                one
                for one in (within or self.page).all("button")
                if words in (one.words(), one.words(without="visually-hidden"))
                and not one.has("disabled")
                and one["type"] in ("", "submit")
            ],
            f"button “{words}”",
        )
        form = (
            self._one(
                [one for one in self.page.all("form") if one["id"] == button["form"]],
                f"form {button['form']}",
            )
            if button["form"]
            else button.within("form")
        )
        values = self._values(form)
        if button["name"]:
            values.setdefault(button["name"], []).append(button["value"])
        address = urljoin(
            self.address, button["formaction"] or form["action"] or self.address
        )
        if (button["formmethod"] or form["method"]).casefold() != "post":
            query = urlencode(values, doseq=True)
            return self.open(f"{urlsplit(address).path}?{query}")
        if form["enctype"] != "multipart/form-data":
            sent = {
                "data": urlencode(values, doseq=True),
                "content_type": "application/x-www-form-urlencoded",
            }
        else:
            sent = {"data": values}
        return self._take(self.client.post(address, follow=True, **sent), address)

    def row(self, words, *, within=None):
        """Return the one row of a table that is headed by these words."""
        return self._one(
            [
                row
                for row in (within or self.page).all("tr")
                if any(
                    cell["scope"] == "row" and words == cell.own_words()
                    for cell in row.all("th")
                )
            ],
            f"row “{words}”",
        )

    def part(self, key):
        """Return the element with this id."""
        found = []
        stack = [self.page]
        while stack:
            one = stack.pop()
            found += [one] * (one["id"] == key)
            stack += [part for part in one.inside if isinstance(part, Element)]
        return self._one(found, f"part {key}")

    def says(self):
        """Return the text of the page's main part."""
        (main,) = self.page.all("main")
        return main.words()

    def refusals(self):
        """Return every sentence of refusal."""
        return [
            one.words()
            for one in self.page.all("p", "li")
            if "refusal" in one["class"].split()
        ]

    def offers(self, words):
        """Say whether a link or a button of the page says this."""
        return any(
            words == one.words() for one in self.page.all("a", "button", "summary")
        )

    def _take(self, answer, address):
        self.answer = answer
        if answer.redirect_chain:
            address = urljoin(address, answer.redirect_chain[-1][0])
        self.address = address
        if answer["Content-Type"].startswith("text/html"):
            self.page = read(answer.content.decode())
        assert answer.status_code in (200, 422), (address, answer.status_code)
        return answer

    def _one(self, found, what):
        assert len(found) == 1, f"{len(found)} × {what} on {self.address}"
        return found[0]

    def _control(self, label, within):
        place = within or self.page
        labels = {
            one["for"]
            for one in place.all("label")
            if one.words(without="field-optional") == label and one["for"]
        }
        return self._one(
            [
                control
                for control in place.all(*_CONTROLS)
                if not control.has("disabled")
                and control["type"] != "hidden"
                and (
                    control["id"] in labels
                    or control["aria-label"] == label
                    or self._is_labelled_around(control, label)
                )
            ],
            f"field “{label}”",
        )

    @staticmethod
    def _is_labelled_around(control, label):
        around = control.within("label")
        return around is not None and around.words() == label

    def _values(self, form):
        values = {}
        for control in self.page.all(*_CONTROLS):
            owner = control["form"] or None
            belongs = owner == form["id"] if owner else control.within("form") is form
            if not belongs or control.has("disabled") or not control["name"]:
                continue
            if control["type"] in ("checkbox", "radio"):
                if control.has("checked"):
                    values.setdefault(control["name"], []).append(
                        control["value"] or "on"
                    )
                continue
            value = self._value(control)
            if value is not None:
                values.setdefault(control["name"], []).append(value)
        return values

    @staticmethod
    def _value(control):
        if "typed" in control.attributes:
            return control.attributes["typed"]
        if control["type"] == "file":
            return None
        if control.tag == "select":
            options = control.all("option")
            chosen = [one for one in options if one.has("selected")] or options[:1]
            return chosen[0]["value"] if chosen else None
        if control.tag == "textarea":
            return "".join(part for part in control.inside if isinstance(part, str))
        return control["value"]
