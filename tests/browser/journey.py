"""Steps of the journey in a browser."""

from urllib.parse import urlsplit

from lots.demo.people import PASSWORD


def sign_in(page, username, path="/"):
    """Sign in on the way to a page."""
    page.goto(path)
    page.fill("#id_username", username)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).path == path)
    page.wait_for_load_state()


def log_the_lot(page, made):
    page.fill("#id_number", "BAC-26-117")
    page.select_option("#id_material", label="Baclofen")
    page.select_option(
        "#id_site", label="Ningbo Harbour Pharma Supply Co., Ltd., Plant 1"
    )
    page.fill("#id_original_number", "BAC-26-117")
    page.fill("#id_process", "BP-01 oral route, revision 4")
    page.select_option("#id_use", "oral")
    page.fill("#id_use_document_reference", "BR-26-117")
    page.fill("#id_manufactured_on", made.isoformat())
    page.fill("#id_size", "150")
    page.fill("#id_packaging", "6 HDPE drums of 25 kg")
    page.get_by_role("button", name="Log the lot").click()
    page.wait_for_url("**/lots/*/")


def take_a_sample(page, lot):
    page.goto(f"/lots/{lot.pk}/samples/new/")
    page.fill("#id_number", f"{lot.number}/S1")
    page.fill("#id_taken_on", lot.manufactured_on.isoformat())
    page.fill("#id_quantity", "60 g")
    page.fill("#id_purpose", "Release testing")
    page.get_by_role("button", name="Record the sample").click()
    page.wait_for_url("**/lots/*/**")
