"""A server of the page in a process of its own, and requests to it."""

import http.client
import os
import subprocess
import sys
import uuid
from urllib.parse import urlencode, urlsplit

LOG = "My validation loss is bad. What is wrong?\n" + "".join(
    f"Epoch {i}/30\nloss: {1 / i:.4f} - accuracy: {1 - 0.5 / i:.4f} - "
    f"val_loss: {0.8 + 0.03 * i:.4f} - val_accuracy: 0.7100\n"
    for i in range(1, 31)
)


class Server:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fitdoctor", "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        self.link = self.process.stdout.readline().strip()
        parts = urlsplit(self.link)
        self.port, self.home = parts.port, f"http://{parts.netloc}/"
        self.query = parts.query
        self.cookie = ""

    def open(self):
        greeted = self.ask("GET", f"/?{self.query}", cookie="")
        self.cookie = greeted.getheader("set-cookie").split(";")[0]

    def ask(self, method, path, fields=None, headers=(), cookie=None, body=None):
        """Return the response, read whole in its `text`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Cookie": self.cookie if cookie is None else cookie}
        if fields is not None:
            body, sent["Content-Type"] = urlencode(fields), "application/x-www-form-urlencoded"
        connection.request(method, path, body=body, headers={**sent, **dict(headers)})
        response = connection.getresponse()
        response.text = response.read().decode()
        connection.close()
        return response

    def post(self, text="", headers=(), files=(), **fields):
        """Return the answer to a form, sent as a browser sends it."""
        edge = uuid.uuid4().hex
        parts = [("text", None, text), *((n, None, v) for n, v in fields.items())]
        parts += [("files", name, content) for name, content in files]
        body = b""
        for name, file, content in parts:
            named = f'; filename="{file}"' if file else ""
            body += (
                f'--{edge}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()
            )
            body += (content.encode() if isinstance(content, str) else content) + b"\r\n"
        body += f"--{edge}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}", "HX-Request": "true"}
        return self.ask("POST", "/", body=body, headers={**kind, **dict(headers)})

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()
