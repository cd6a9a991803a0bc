"""A headless Chromium over its pipe (DevTools protocol), with nothing installed besides: just what the tests of pages need."""
import base64
import fcntl
import json
import os
import select
import subprocess
import tempfile
import time


class Chromium:
    """One page in one browser. CA_SPKI is the hash of a key whose certificates it takes; every host is this machine."""

    def __init__(self, program, ca_spki, width=1280, height=900):
        to_r, self.to = (fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in os.pipe())
        self.back, back_w = (fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in os.pipe())
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{to_r} 4>&{back_w} {to_r}<&- {back_w}>&-', "chromium", program,
             "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--remote-debugging-pipe", f"--user-data-dir={self.folder.name}", f"--window-size={width},{height}",
             "--host-resolver-rules=MAP * 127.0.0.1", f"--ignore-certificate-errors-spki-list={ca_spki}", "about:blank"],
            pass_fds=(to_r, back_w), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.folder.name})
        os.close(to_r)
        os.close(back_w)
        self.left, self.count, self.session, self.said = b"", 0, None, []
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        os.close(self.to)
        os.close(self.back)
        self.folder.cleanup()

    def _next(self, until):
        while b"\0" not in self.left:
            if not select.select([self.back], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            octets = os.read(self.back, 1 << 16)
            if not octets:
                raise EOFError("the browser has ended")
            self.left += octets
        text, self.left = self.left.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.count += 1
        ask = {"id": self.count, "method": method, "params": params}
        if self.session:
            ask["sessionId"] = self.session
        os.write(self.to, json.dumps(ask).encode() + b"\0")
        until = time.monotonic() + 60
        while True:
            said = self._next(until)
            if said.get("id") == self.count:
                if "error" in said:
                    raise RuntimeError(f"{method}: {said['error']}")
                return said["result"]
            if said.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.said.append(json.dumps(said["params"]))

    def js(self, text):
        """What the expression is worth; None while a page is being left."""
        try:
            said = self.call("Runtime.evaluate", expression=text, returnByValue=True, awaitPromise=True)
        except RuntimeError:
            return None
        return said["result"].get("value")

    def wait(self, text, seconds=20):
        """Whether the expression became true in time."""
        until = time.monotonic() + seconds
        while not self.js(text):
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    def open(self, url):
        self.call("Page.navigate", url=url)
        path = json.dumps(url.split("#")[0])
        if not self.wait(f"location.href.startsWith({path}) && document.readyState === 'complete'"):
            raise TimeoutError(f"{url} did not load")

    def type(self, selector, text):
        self.js(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(text)}")

    def click(self, selector):
        self.js(f"document.querySelector({json.dumps(selector)}).click()")

    def picture(self, path, whole=False):
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as f:
            f.write(base64.b64decode(shot["data"]))
