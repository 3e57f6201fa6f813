"""Reads mails with Python's own email package, as an opinion beside the parser of the project.

Takes paths of mails, answers one JSON object a line. Verifies DKIM signatures with openssl when a
folder of public keys (PEM, named by selector) is given as --keys FOLDER.
"""
import base64, email, email.policy, hashlib, json, os, re, subprocess, sys, tempfile


def addresses(message, name):
    header = message[name]
    if header is None:
        return []
    return [[a.display_name, a.addr_spec] for a in header.addresses]


def structure(part):
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        return [part.get_content_type(), [structure(p) for p in part.iter_parts()]]
    return part.get_content_type()


def leaves(part):
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        for inner in part.iter_parts():
            yield from leaves(inner)
    else:
        yield part


def defects(part):
    found = [type(d).__name__ for d in part.defects]
    for name, value in part.items():
        # An address beyond ASCII is none where it is declared (RFC 6531, 6532).
        found += [name + ": " + type(d).__name__ for d in getattr(value, "defects", [])
                  if type(d).__name__ != "NonASCIILocalPartDefect"]
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        for inner in part.iter_parts():
            found += defects(inner)
    return found


def read(raw):
    if raw.split(b"\r\n\r\n", 1)[0].isascii():
        message = email.message_from_bytes(raw, policy=email.policy.default)
    else:  # Addresses beyond ASCII stand in UTF-8 (RFC 6532).
        message = email.message_from_string(raw.decode(), policy=email.policy.SMTPUTF8)
    texts, files = {}, []
    for part in leaves(message):
        kind, where = part.get_content_type(), part.get_content_disposition()
        if where is None and kind in ("text/plain", "text/html"):
            texts[kind] = part.get_content()
            continue
        body = part.get_payload(decode=True) or b""
        files.append({
            "name": part.get_filename() or "",
            "type": kind,
            "inline": where == "inline",
            "cid": (part["Content-ID"] or "").strip("<> "),
            "size": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        })
    one = lambda name: str(message[name] or "")
    return {
        "headers": list(message.keys()),
        "subject": one("Subject"),
        "from": addresses(message, "From"),
        "reply_to": addresses(message, "Reply-To"),
        "to": addresses(message, "To"),
        "cc": addresses(message, "Cc"),
        "message_id": one("Message-ID").strip("<> "),
        "in_reply_to": one("In-Reply-To").strip("<> "),
        "references": re.findall(r"<([^>]*)>", one("References")),
        "list_unsubscribe": one("List-Unsubscribe"),
        "structure": structure(message),
        "text": texts.get("text/plain", ""),
        "html": texts.get("text/html", ""),
        "files": files,
        "defects": defects(message),
    }


def relaxed(name, value):
    value = re.sub(rb"\r\n(?=[ \t])", b"", value)
    return name.lower().strip() + b":" + re.sub(rb"[ \t]+", b" ", value).strip() + b"\r\n"


def relaxed_body(body):
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def verify(raw, keys):
    """DKIM, relaxed/relaxed (RFC 6376, 3.4, 3.7; RFC 8463, 3): selector to verdict."""
    head, body = raw.split(b"\r\n\r\n", 1)
    fields = re.findall(rb"([^\r\n:]+):((?:[^\r\n]|\r\n[ \t])*)", head)
    verdicts = {}
    for at, (name, value) in enumerate(fields):
        if name.lower() != b"dkim-signature":
            continue
        tags = dict(
            (k.strip().decode(), re.sub(rb"\s", b"", v))
            for k, v in (tag.split(b"=", 1) for tag in value.split(b";") if b"=" in tag)
        )
        digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
        if digest != tags["bh"]:
            verdicts[tags["s"].decode()] = "body differs"
            continue
        rest = [(n, v) for i, (n, v) in enumerate(fields) if i != at]
        signed = b""
        for wanted in tags["h"].lower().split(b":"):
            for index in range(len(rest) - 1, -1, -1):
                if rest[index][0].lower().strip() == wanted:
                    signed += relaxed(*rest.pop(index))
                    break
        unsigned = re.sub(rb"(\bb=)[^;]*$|(\bb=)[^;]*(?=;)", rb"\1\2", value)
        signed += relaxed(name, unsigned)[:-2]
        with tempfile.TemporaryDirectory() as folder:
            path = lambda name: os.path.join(folder, name)
            open(path("sig"), "wb").write(base64.b64decode(tags["b"]))
            key = os.path.join(keys, tags["s"].decode() + ".pem")
            if tags["a"] == b"ed25519-sha256":
                open(path("in"), "wb").write(hashlib.sha256(signed).digest())
                command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin",
                           "-in", path("in"), "-sigfile", path("sig")]
            else:
                open(path("in"), "wb").write(signed)
                command = ["openssl", "dgst", "-sha256", "-verify", key,
                           "-signature", path("sig"), path("in")]
            done = subprocess.run(command, capture_output=True)
        verdicts[tags["s"].decode()] = "good" if done.returncode == 0 else "bad"
    return verdicts


arguments, keys = sys.argv[1:], None
if arguments[:1] == ["--keys"]:
    keys, arguments = arguments[1], arguments[2:]
for path in arguments:
    raw = open(path, "rb").read()
    answer = read(raw)
    if keys:
        answer["dkim"] = verify(raw, keys)
    print(json.dumps(answer))
