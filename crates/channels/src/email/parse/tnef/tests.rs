use super::*;

fn attribute(level: u8, tag: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![level];
    bytes.extend(tag.to_le_bytes());
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    let sum: u16 = data
        .iter()
        .fold(0, |sum, b| sum.wrapping_add(u16::from(*b)));
    bytes.extend(sum.to_le_bytes());
    bytes
}

fn property(kind: u16, id: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(kind.to_le_bytes());
    bytes.extend(id.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn properties(list: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = u32::try_from(list.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(list.concat());
    bytes
}

fn winmail() -> Vec<u8> {
    let mut bytes = SIGNATURE.to_le_bytes().to_vec();
    bytes.extend([1, 0]);
    bytes.extend(attribute(1, CODEPAGE, &1252_u64.to_le_bytes()));
    let body = property(0x1E, P_BODY, b"Gr\xFC\xDFe\0");
    let utf16: Vec<u8> = "Größe.txt\0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    bytes.extend(attribute(1, MESSAGE_PROPERTIES, &properties(&[body])));
    bytes.extend(attribute(2, FILE_BEGINS, &[0; 14]));
    bytes.extend(attribute(2, FILE_TITLE, b"GRE~1.TXT\0"));
    bytes.extend(attribute(2, FILE_CONTENT, b"content"));
    let name = property(0x1F, P_LONG_NAME, &utf16);
    bytes.extend(attribute(2, FILE_PROPERTIES, &properties(&[name])));
    bytes.extend(attribute(2, FILE_BEGINS, &[0; 14]));
    bytes.extend(attribute(2, FILE_TITLE, b"empty.txt\0"));
    bytes
}

#[test]
fn takes_text_and_files_out() {
    let content = read(&winmail()).unwrap();
    assert_eq!(content.text.as_deref(), Some("Grüße"));
    let file = File {
        name: "Größe.txt".to_owned(),
        bytes: b"content".to_vec(),
        ..File::default()
    };
    assert_eq!(content.files, [file]);
}

#[test]
fn survives_every_cut_and_every_wrong_length() {
    let whole = winmail();
    for end in 0..whole.len() {
        let _ = read(&whole[..end]);
        let mut wrong = whole.clone();
        wrong[end] ^= 0xFF;
        let _ = read(&wrong);
    }
    assert_eq!(read(b"anything else"), None);
}

#[test]
fn unpacks_compressed_rtf() {
    // The example of MS-OXRTFCP 3.1.1.
    let packed = [
        0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7,
        0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a,
        0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d,
        0x0a, 0x80, 0x0f, 0xa0,
    ];
    let expected = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n";
    assert_eq!(rtf::unpacked(&packed).unwrap(), expected);
}
