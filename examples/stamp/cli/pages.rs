//! What is looked at and laid out: `template`, `set`, `lint`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use yinxin::time::Time;

use super::LookOptions;

#[derive(Debug, Subcommand)]
pub enum Template {
    /// Tell errors by line and column, and warn of what no record could fill: exit status 0 nothing, 1 something, 3 usage or I/O
    Check(Check),
    /// Draw the pages of a record, not sealed, as PNG
    Preview(Preview),
}

#[derive(Debug, Args)]
pub struct Check {
    /// Template files or built-in names
    #[arg(value_name = "T", required = true)]
    pub template: Vec<String>,
    /// Records to try it with
    #[arg(long, value_name = "R.json", num_args = 1..)]
    pub record: Vec<PathBuf>,
    #[command(flatten)]
    pub look: LookOptions,
}

#[derive(Debug, Args)]
pub struct Preview {
    /// A template file or a built-in name
    #[arg(value_name = "T")]
    pub template: String,
    /// The record to show
    #[arg(long, value_name = "R.json")]
    pub record: PathBuf,
    #[command(flatten)]
    pub look: LookOptions,
    /// The picture; of several pages the second and later are written beside it as NAME-2.png and so on
    #[arg(long, value_name = "P.png")]
    pub out: PathBuf,
    /// Dots per inch
    #[arg(long, value_name = "N", default_value_t = 150, value_parser = clap::value_parser!(u16).range(36..=600))]
    pub dpi: u16,
}

#[derive(Debug, Args)]
pub struct Lint {
    /// PDF files, or folders of them
    #[arg(value_name = "FILE", required = true)]
    pub file: Vec<PathBuf>,
    /// File with the password of encrypted PDF files; one line, UTF-8
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// One JSON object a line instead of sentences
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Set {
    /// Divide a PDF file over codes on A4 pages; any 85 % of them give it back
    Split(SetSplit),
    /// Get the file back, whatever the order and whatever else is there: exit status 0 it is written, 1 codes are missing, 3 usage or I/O
    Join(SetJoin),
}

#[derive(Debug, Args)]
pub struct SetSplit {
    /// The file, at most 1 MiB
    #[arg(value_name = "FILE.pdf")]
    pub input: PathBuf,
    /// The pages to print
    #[arg(long, value_name = "CODES.pdf", required_unless_present_any = ["png", "apng"])]
    pub out: Option<PathBuf>,
    /// Also write every code as a picture into this folder
    #[arg(long, value_name = "DIR")]
    pub png: Option<PathBuf>,
    /// Also write the codes as an animated PNG, to be shown to a camera
    #[arg(long, value_name = "F.png")]
    pub apng: Option<PathBuf>,
    /// Codes a second of the animated PNG
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=30))]
    pub rate: u16,
    /// What the pages call the file; its file name unless given
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Bytes of the file in each code; 616 make symbols of version 20, 64 to 900 can be printed
    #[arg(long, value_name = "N", default_value_t = 616, value_parser = clap::value_parser!(u16).range(64..=2000))]
    pub piece: u16,
    /// Percent of the codes that may be lost
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u8).range(0..=80))]
    pub loss: u8,
    /// Time the pages were made as written into the file, such as 2030-06-01T09:00:00+08:00; now unless given
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
}

#[derive(Debug, Args)]
pub struct SetJoin {
    /// Photographs and scans: PNG (animated as well), JPEG, PDF, or text files with a code a line
    #[arg(value_name = "FILE", required = true)]
    pub input: Vec<PathBuf>,
    /// The file that comes out; a folder if there are several
    #[arg(long, value_name = "R.pdf")]
    pub out: PathBuf,
    /// Also verify what comes out; the exit status is then that of verify. An authority list or root certificates
    #[arg(long, value_name = "LIST|ROOT.pem")]
    pub trust: Vec<PathBuf>,
}
