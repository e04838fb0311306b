"""The certificate commands as an operator runs them."""

import os

from django.core.management import call_command

from lots.demo.people import PASSWORD


def password_fd(password=PASSWORD):
    """Return a descriptor from which the password can be read once."""
    read, write = os.pipe()
    os.write(write, f"{password}\n".encode())
    os.close(write)
    return read


def run(capsys, *arguments, by="chen", password=PASSWORD):
    """Run a writing command and return what it said."""
    call_command(*arguments, "--by", by, "--password-fd", str(password_fd(password)))
    return capsys.readouterr().out
