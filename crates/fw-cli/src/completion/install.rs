//! `-install-autocomplete` and `-uninstall-autocomplete`: a line in the settings of every shell that the user has.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fw_diag::system_error;

use crate::{Process, Streams};

pub(super) const INSTALL: &str = "-install-autocomplete";
pub(super) const UNINSTALL: &str = "-uninstall-autocomplete";

/// Makes zsh understand the settings of bash.
const ZSH_NEEDS: &str = "autoload -U +X bashcompinit && bashcompinit";

/// Does what these options ask for where one of them stands before the command; the exit code.
pub(crate) fn set_up(process: &Process, streams: &Streams) -> Option<u8> {
    let options: Vec<&str> =
        process.arguments.iter().map(String::as_str).take_while(|one| one.starts_with('-')).collect();
    let asked = |name: &str| options.iter().any(|one| *one == name || one.strip_prefix('-') == Some(name));
    let problem = match (asked(INSTALL), asked(UNINSTALL)) {
        (false, false) => return None,
        (true, true) => "Either the autocomplete install or uninstall flag may be specified, but not both.".to_owned(),
        (install, _) => match change_all(process, install) {
            Ok(()) => return Some(0),
            Err(problem) => problem,
        },
    };
    streams.err(&format!("Error executing CLI: {problem}\n"));
    Some(1)
}

fn change_all(process: &Process, install: bool) -> Result<(), String> {
    let shells = shells(process);
    if shells.is_empty() {
        return Err("Did not find any shells to install".to_owned());
    }
    let change = |shell: &Shell| if install { shell.install(process) } else { shell.uninstall(process) };
    let problems: Vec<String> = shells.iter().filter_map(|shell| change(shell).err()).collect();
    if problems.is_empty() {
        return Ok(());
    }
    let noun = if problems.len() == 1 { "error" } else { "errors" };
    let list: String = problems.iter().map(|problem| format!("\t* {problem}\n")).collect();
    Err(format!("{} {noun} occurred:\n{list}\n", problems.len()))
}

/// A shell of the user's, with the file or directory of its settings.
enum Shell {
    Bash(PathBuf),
    Zsh(PathBuf),
    Fish(PathBuf),
}

fn shells(process: &Process) -> Vec<Shell> {
    let Some(home) = &process.home else { return Vec::new() };
    let of_bash = [".bashrc", ".bash_profile", ".bash_login", ".profile"].map(|name| home.join(name));
    let of_zsh = home.join(".zshrc");
    let settings = process.variable("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
    let of_fish = settings.join("fish");
    let bash = of_bash.into_iter().find(|path| path.is_file()).map(Shell::Bash);
    let zsh = of_zsh.is_file().then_some(Shell::Zsh(of_zsh));
    let fish = of_fish.is_dir().then_some(Shell::Fish(of_fish));
    [bash, zsh, fish].into_iter().flatten().collect()
}

impl Shell {
    fn install(&self, process: &Process) -> Result<(), String> {
        let (name, program) = (&process.program, program(process));
        match self {
            Self::Bash(file) => {
                let line = bash_line(name, &program);
                if has_line(file, &line) {
                    return Err(format!("already installed in {}", file.display()));
                }
                append(file, &format!("\n{line}\n")).map_err(failed(file))
            }
            Self::Zsh(file) => {
                let line = zsh_line(name, &program);
                if has_line(file, &line) {
                    return Err(format!("already installed in {}", file.display()));
                }
                let needs = if has_line(file, ZSH_NEEDS) { String::new() } else { format!("{ZSH_NEEDS}\n") };
                append(file, &format!("\n{needs}{line}\n")).map_err(failed(file))
            }
            Self::Fish(directory) => {
                let file = fish_file(directory, name);
                if file.exists() {
                    return Err(format!("already installed at {}", file.display()));
                }
                fs::create_dir_all(directory.join("completions")).map_err(failed(directory))?;
                fs::write(&file, fish_script(name, &program)).map_err(failed(&file))
            }
        }
    }

    fn uninstall(&self, process: &Process) -> Result<(), String> {
        let (name, program) = (&process.program, program(process));
        match self {
            Self::Bash(file) => remove_line(file, &bash_line(name, &program)),
            Self::Zsh(file) => remove_line(file, &zsh_line(name, &program)),
            Self::Fish(directory) => {
                let file = fish_file(directory, name);
                if !file.exists() {
                    return Err(format!("does not installed in {}", directory.display()));
                }
                fs::remove_file(&file).map_err(failed(&file))
            }
        }
    }
}

fn bash_line(name: &str, program: &Path) -> String {
    format!("complete -C {} {name}", program.display())
}

fn zsh_line(name: &str, program: &Path) -> String {
    format!("complete -o nospace -C {} {name}", program.display())
}

fn fish_file(directory: &Path, name: &str) -> PathBuf {
    directory.join("completions").join(format!("{name}.fish"))
}

fn fish_script(name: &str, program: &Path) -> String {
    format!(
        "\nfunction __complete_{name}\n    set -lx COMP_LINE (commandline -cp)\n    test -z (commandline -ct)\n    and set \
         COMP_LINE \"$COMP_LINE \"\n    {}\nend\ncomplete -f -c {name} -a \"(__complete_{name})\"\n\n",
        program.display()
    )
}

fn has_line(file: &Path, line: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.lines().any(|one| one == line))
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    fs::File::options().append(true).create(true).open(file)?.write_all(text.as_bytes())
}

fn remove_line(file: &Path, line: &str) -> Result<(), String> {
    if !has_line(file, line) {
        return Err(format!("does not installed in {}", file.display()));
    }
    let text = fs::read_to_string(file).map_err(failed(file))?;
    let kept: String = text.lines().filter(|one| *one != line).map(|one| format!("{one}\n")).collect();
    fs::write(file, kept).map_err(failed(file))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("open {}: {}", path.display(), system_error(&error))
}

/// Where the program is that was called, links and all: under another name it speaks for another program.
fn program(process: &Process) -> PathBuf {
    let called = Path::new(&process.called);
    if process.called.contains('/') {
        return process.directory.join(called);
    }
    let directories = process.variable("PATH").unwrap_or_default().split(':').map(Path::new);
    let found = directories.map(|directory| process.directory.join(directory).join(called)).find(|path| path.is_file());
    found.or_else(|| std::env::current_exe().ok()).unwrap_or_else(|| called.to_owned())
}
