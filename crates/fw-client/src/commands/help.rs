//! The texts of `-help`.

pub(super) const LOGIN: &str = "Usage: formwork [global options] login [options] URL

  Remembers a server and a token for it. The token is read from standard input.

Options:

  -token-file=FILE        Reads the token from there.";

pub(super) const DEPLOY: &str = "Usage: formwork [global options] deploy [options] [DIR]

  Sends the configuration in a directory to a server, deploys it, and shows what
  happens. A deployment of that name is updated; an update that would delete or
  replace objects is refused unless it is forced.

Options:

  -name=NAME              The deployment. Default: the directory's name.

  -var 'NAME=VALUE'       The value of a variable; may be given several times.

  -var-file=FILE          Values of variables as a JSON object.

  -force                  Deletes and replaces objects, too.

  -auto-approve=false     The plan waits for approval.

  -detach                 Does not wait for the end.

  -server=URL             Another server than that of the last login.";

pub(super) const RUNS: &str = "Usage: formwork [global options] runs [options] [DEPLOYMENT]

  Shows the newest runs, all or those of one deployment.

Options:

  -json                   As JSON.

  -server=URL             Another server than that of the last login.";

pub(super) const LOGS: &str = "Usage: formwork [global options] logs [options] RUN|DEPLOYMENT

  Shows the log of a run; for a deployment that of its newest.

Options:

  -f                      Goes on until the run is over.

  -server=URL             Another server than that of the last login.";

pub(super) const APPROVE: &str = "Usage: formwork [global options] approve [options] RUN|DEPLOYMENT

  Approves the plan that waits.

Options:

  -detach                 Does not wait for the end.

  -server=URL             Another server than that of the last login.";

pub(super) const CANCEL: &str = "Usage: formwork [global options] cancel [options] RUN|DEPLOYMENT

  Cancels a run. What was done until then stays.

Options:

  -server=URL             Another server than that of the last login.";

pub(super) const ROLLBACK: &str = "Usage: formwork [global options] rollback [options] DEPLOYMENT

  Deploys the configuration before the current one again.

Options:

  -to=RUN                 That of this run.

  -detach                 Does not wait for the end.

  -server=URL             Another server than that of the last login.";

pub(super) const DESTROY: &str = "Usage: formwork [global options] destroy [options] DEPLOYMENT

  Destroys everything a deployment on a server has made. Without a name this is
  the command for the configuration in the working directory.

Options:

  -auto-approve           Does not ask.

  -detach                 Does not wait for the end.

  -server=URL             Another server than that of the last login.";
