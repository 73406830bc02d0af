//! Which machine a program was built for, and whether it stands alone: the image has no libraries beside it.

use anyhow::{bail, ensure};

/// As image configurations name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    Amd64,
    Arm64,
}

impl Architecture {
    pub fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

const ELF_64_LITTLE_ENDIAN: [u8; 6] = [0x7f, b'E', b'L', b'F', 2, 1];
const X86_64: u64 = 62;
const AARCH64: u64 = 183;
/// The segment that names a program's loader, and so says that it is linked with libraries.
const INTERPRETER: u64 = 3;

/// Reads an executable's header, and refuses what could not run in an image of its own.
pub(crate) fn architecture(program: &[u8]) -> anyhow::Result<Architecture> {
    ensure!(
        program.starts_with(&ELF_64_LITTLE_ENDIAN),
        "this is no 64-bit Linux program; build windsock-jobs as jobs/Dockerfile does"
    );
    let architecture = match number(program, 18, 2)? {
        X86_64 => Architecture::Amd64,
        AARCH64 => Architecture::Arm64,
        other => bail!("this program is for the machine {other} (ELF's number); SageMaker has x86_64 and aarch64"),
    };
    let (first, size, count) = (
        number(program, 32, 8)?,
        number(program, 54, 2)?,
        number(program, 56, 2)?,
    );
    for index in 0..count {
        let at = first.saturating_add(index * size);
        ensure!(
            number(program, at, 4)? != INTERPRETER,
            "this program wants a loader and libraries, and the image has none; build windsock-jobs with RUSTFLAGS=\"-C \
             target-feature=+crt-static\" and --target x86_64-unknown-linux-gnu"
        );
    }
    Ok(architecture)
}

fn number(program: &[u8], at: u64, length: usize) -> anyhow::Result<u64> {
    let start = usize::try_from(at).unwrap_or(usize::MAX);
    let Some(bytes) = program.get(start..start.saturating_add(length)) else {
        bail!("this program's header is cut off at byte {}", program.len());
    };
    Ok(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tests::program;

    #[test]
    fn a_static_program_is_known_by_its_machine() {
        assert_eq!(architecture(&program(62, 1)).unwrap(), Architecture::Amd64);
        assert_eq!(architecture(&program(183, 1)).unwrap(), Architecture::Arm64);
    }

    #[track_caller]
    fn refused(program: &[u8], why: &str) {
        let error = architecture(program).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn what_cannot_run_alone_is_refused() {
        refused(b"#!/bin/sh\n", "no 64-bit Linux program");
        refused(&program(40, 1), "machine 40");
        refused(&program(62, 3), "wants a loader");
    }

    #[test]
    fn a_program_that_is_cut_off_is_refused_wherever_it_is() {
        let whole = program(62, 1);
        for length in 6..whole.len().min(68) {
            refused(&whole[..length], "cut off");
        }
    }
}
