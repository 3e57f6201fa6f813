//! The files that go with messages of the demo.

use anyhow::Context;

const FILES: [(&str, &[u8]); 5] = [
    (
        "dented-kettle.png",
        include_bytes!("files/dented-kettle.png"),
    ),
    ("torn-seam.png", include_bytes!("files/torn-seam.png")),
    ("wet-parcel.png", include_bytes!("files/wet-parcel.png")),
    ("return-label.pdf", include_bytes!("files/return-label.pdf")),
    ("invoice.pdf", include_bytes!("files/invoice.pdf")),
];

/// The file of this name.
pub fn named(name: &str) -> anyhow::Result<&'static [u8]> {
    let found = FILES.iter().find(|(of, _)| *of == name);
    found
        .map(|(_, bytes)| *bytes)
        .with_context(|| format!("no file is called {name:?}"))
}
