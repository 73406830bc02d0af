//! The serving job as a process, on a port that the system chooses.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::files::command;

pub struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Returns when the server has said where it listens.
    pub fn start(root: &Path) -> Server {
        Server::start_with(root, &[])
    }

    pub fn start_with(root: &Path, environment: &[(&str, &str)]) -> Server {
        let port = [("SAGEMAKER_BIND_TO_PORT", "0")];
        Server::start_program(command(root, "serve", &[&port, environment].concat()))
    }

    pub fn start_program(mut command: Command) -> Server {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| line.ok()?.rsplit_once("Listening on ").map(|(_, at)| at.to_owned()));
        Server {
            process,
            address: address.expect("the server says where it listens"),
        }
    }

    pub fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        self.ask_in(method, path, "text/csv", body)
    }

    pub fn ask_in(&self, method: &str, path: &str, kind: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {kind}\r\n");
        write!(stream, "{head}content-length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Sends a request's head and waits for the server to ask for its body: then the request is under way.
    pub fn begin(&self, length: usize) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\nexpect: 100-continue\r\n\
             content-length: {length}\r\n\r\n"
        )
        .unwrap();
        let mut asked = [0; 25];
        stream.read_exact(&mut asked).unwrap();
        assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream
    }

    /// As SageMaker stops a container.
    pub fn tell_to_stop(&self) {
        let told = Command::new("kill")
            .arg(self.process.id().to_string())
            .status()
            .unwrap();
        assert!(told.success());
    }

    pub fn ended(mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    pub fn stop(self) -> ExitStatus {
        self.tell_to_stop();
        self.ended()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed must not leave a server behind; one that stopped is gone already.
        let _ = self.process.kill();
    }
}
