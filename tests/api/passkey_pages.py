"""A person with a browser that has passkeys: passkey_pages.py CHROMIUM CA_SPKI ORIGIN EMAIL PASSWORD [FOLDER FOR PICTURES].
Prints one "yes|no<TAB>sentence" a line."""
import json
import sys
import time

from chromium import Chromium

program, spki, origin, email, password = sys.argv[1:6]
folder = sys.argv[6] if len(sys.argv) > 6 else None
browser = Chromium(program, spki)
NOTE = "document.querySelector('#note').hidden ? '' : document.querySelector('#note').textContent"
FIRST, SECOND = "#password-form [data-passkey] button", "#passkey-part button"


def say(sentence, holds):
    print("yes" if holds else "no", sentence, sep="\t", flush=True)
    if not holds:
        print(browser.js("location.href"), browser.js(NOTE), browser.said[-3:], file=sys.stderr)


def shot(name):
    if folder:
        browser.picture(f"{folder}/{name}.png", whole=True)


def at(path):
    return f"location.pathname === {json.dumps(path)} && document.readyState === 'complete'"


def shown(selector):
    return f"!!document.querySelector({json.dumps(selector)})?.checkVisibility()"


def authenticator():
    return browser.call("WebAuthn.addVirtualAuthenticator", options={
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True})["authenticatorId"]


def login_page():
    browser.open(f"{origin}/login")
    browser.wait("document.querySelector('#email').hasAttribute('aria-invalid') || document.title.includes('·')")


def type_password():
    login_page()
    browser.type("#email", email)
    browser.type("#password", password)
    browser.click("#password-form button[type=submit]")


def sign_out():
    browser.wait("document.querySelector('main').getAttribute('aria-busy') !== 'true'")
    browser.click("#sign-out")
    return browser.wait(at("/login"))


def account():
    browser.open(f"{origin}/account")
    browser.wait("document.querySelector('main').getAttribute('aria-busy') === 'false'")


def add(name, with_password=password):
    browser.type("#passkey_name", name)
    browser.type("#passkey_password", with_password)
    browser.click("#passkey-form button[type=submit]")


def register():
    type_password()
    say("the password alone signs in before there is a passkey", browser.wait(at("/home")))
    account()
    say("the account says that there is none", browser.js("document.querySelector('#passkeys-state').textContent") == "No passkey is set up.")
    add("Wrong", "not the password at all")
    say("a wrong password is said so", browser.wait(f"({NOTE}) === 'The password is not right.'"))
    add("My laptop")
    say("a passkey is made and listed by its name", browser.wait("document.querySelector('#passkeys li p')?.textContent === 'My laptop'"))
    shot("account")
    add("Again")
    say("a device that has one makes no second", browser.wait(f"({NOTE}) === 'This device has a passkey of yours already.'"))
    shot("account-again")
    say("signing out leads to the door", sign_out())


def sign_in():
    login_page()
    shot("login")
    browser.click(FIRST)
    say("the passkey signs in without a password", browser.wait(at("/home")))
    sign_out()
    type_password()
    say("the password asks for the passkey", browser.wait(shown(SECOND)) and not browser.js(shown("#code-part")))
    shot("second")
    browser.click(SECOND)
    say("which ends the second step", browser.wait(at("/home")))
    account()
    say("the account says when it was used", "last used" in (browser.js("document.querySelector('#passkeys li').textContent") or ""))


def refused(device):
    sign_out()
    login_page()
    browser.call("WebAuthn.setUserVerified", authenticatorId=device, isUserVerified=False)
    browser.click(FIRST)
    say("a finger that is not the owner's is told in words", browser.wait(f"({NOTE}).startsWith('No passkey was used')"))
    shot("refused")
    browser.call("WebAuthn.setUserVerified", authenticatorId=device, isUserVerified=True)
    browser.click(FIRST)
    browser.wait(at("/home"))


def remove():
    account()
    browser.click("#passkeys button")
    say("a passkey is not removed without the password", browser.wait(shown("#passkey_password-error")))
    browser.type("#passkey_password", password)
    browser.click("#passkeys button")
    say("a passkey is removed with it", browser.wait("document.querySelector('#passkeys-state').textContent === 'No passkey is set up.'"))
    sign_out()
    login_page()
    browser.click(FIRST)
    say("a removed one is told in words", browser.wait(f"({NOTE}).startsWith('This passkey is not known here')"))
    shot("removed")


def without():
    browser.call("Page.addScriptToEvaluateOnNewDocument", source="delete window.PublicKeyCredential")
    login_page()
    say("without Web Authentication there is no button that would fail", not browser.js(shown(FIRST)))
    type_password()
    browser.wait(at("/home"))
    account()
    say("and the account says why", "This browser cannot make passkeys" in (browser.js("document.querySelector('#passkeys-state').textContent") or "")
        and not browser.js(shown("#passkey-form")))
    shot("without")


try:
    browser.call("WebAuthn.enable")
    device = authenticator()
    register()
    sign_in()
    refused(device)
    remove()
    without()
    say("no script failed and no policy was broken", not [s for s in browser.said if "exception" in s.lower() or "policy" in s.lower()])
finally:
    browser.close()
