package clients_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-exec/tfexec"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	goplugin "github.com/hashicorp/go-plugin"

	"formwork/clients/framework"
)

const built = `
variable "word" {
  default = "one"
}
resource "terraform_data" "a" {
  input = var.word
}
resource "terraform_data" "b" {
  count = 2
  input = "${terraform_data.a.output}-${count.index}"
}
output "words" {
  value = terraform_data.b[*].output
}
output "hidden" {
  value     = var.word
  sensitive = true
}
`

var ctx = context.Background()

func TestVersion(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": "terraform {\n  required_providers {\n    clients = { source = \"hashicorp/clients\", version = \"~> 1.0\" }\n  }\n}\n"})
	found, _, err := tf.Version(ctx, true)
	must(t, err)
	if !found.GreaterThanOrEqual(version.Must(version.NewVersion("1.11.0"))) {
		t.Errorf("the version is %s", found)
	}
	must(t, tf.Init(ctx))
	_, providers, err := tf.Version(ctx, true)
	must(t, err)
	same(t, "the provider's version", providers[address].String(), "1.1.0")
}

func TestLifeOfAConfiguration(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": built})
	must(t, tf.Init(ctx, tfexec.Backend(true), tfexec.Get(true), tfexec.Upgrade(false)))
	changes, err := tf.Plan(ctx)
	must(t, err)
	same(t, "whether there are changes", changes, true)
	must(t, tf.Apply(ctx, tfexec.Var("word=two"), tfexec.Parallelism(3), tfexec.Lock(true)))
	changes, err = tf.Plan(ctx, tfexec.Var("word=two"), tfexec.LockTimeout("1s"))
	must(t, err)
	same(t, "whether there are changes after the apply", changes, false)
	outputs, err := tf.Output(ctx)
	must(t, err)
	same(t, "the words", compact(t, outputs["words"].Value), `["two-0","two-1"]`)
	same(t, "the type of the words", compact(t, outputs["words"].Type), `["tuple",["string","string"]]`)
	same(t, "whether `hidden` is sensitive", outputs["hidden"].Sensitive, true)
	state, err := tf.Show(ctx)
	must(t, err)
	same(t, "the number of resources", len(state.Values.RootModule.Resources), 3)
	must(t, tf.Refresh(ctx, tfexec.Var("word=two")))
	must(t, tf.Destroy(ctx, tfexec.Target("terraform_data.b[1]"), tfexec.Var("word=two")))
	state, err = tf.Show(ctx)
	must(t, err)
	same(t, "the number of resources left", len(state.Values.RootModule.Resources), 2)
	must(t, tf.Apply(ctx, tfexec.Destroy(true)))
	state, err = tf.Show(ctx)
	must(t, err)
	if state.Values != nil {
		t.Errorf("the state still has %v", state.Values)
	}
}

func compact(t *testing.T, text json.RawMessage) string {
	t.Helper()
	var short bytes.Buffer
	must(t, json.Compact(&short, text))
	return short.String()
}

func TestPlanFiles(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": built, "two.tfvars": "word = \"two\"\n"})
	must(t, tf.Init(ctx))
	changes, err := tf.Plan(ctx, tfexec.Out("saved"), tfexec.VarFile("two.tfvars"))
	must(t, err)
	same(t, "whether there are changes", changes, true)
	text, err := tf.ShowPlanFileRaw(ctx, "saved")
	must(t, err)
	if !strings.Contains(text, "Plan: 3 to add, 0 to change, 0 to destroy.") {
		t.Errorf("the plan reads:\n%s", text)
	}
	must(t, tf.Apply(ctx, tfexec.DirOrPlan("saved")))
	mustFail(t, tf.Apply(ctx, tfexec.DirOrPlan("saved")), "Saved plan is stale")
	changes, err = tf.Plan(ctx, tfexec.Destroy(true), tfexec.Out("end"), tfexec.Refresh(false))
	must(t, err)
	same(t, "whether the destroy plan has changes", changes, true)
	must(t, tf.Apply(ctx, tfexec.DirOrPlan("end")))
	changes, err = tf.Plan(ctx, tfexec.Destroy(true))
	must(t, err)
	same(t, "whether there is more to destroy", changes, false)
}

// Every line of the stream is an object with a type and a message.
func TestStreams(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": built})
	types := func(stream *bytes.Buffer) []string {
		var seen []string
		for line := range strings.Lines(stream.String()) {
			var event struct {
				Message string `json:"@message"`
				Level   string `json:"@level"`
				Type    string `json:"type"`
			}
			if err := json.Unmarshal([]byte(line), &event); err != nil || event.Message == "" || event.Level == "" {
				t.Errorf("a strange line: %q", line)
			}
			seen = append(seen, event.Type)
		}
		return seen
	}
	contains := func(stream *bytes.Buffer, wanted ...string) {
		t.Helper()
		seen := " " + strings.Join(types(stream), " ") + " "
		for _, one := range wanted {
			if !strings.Contains(seen, " "+one+" ") {
				t.Errorf("%q is not among%s", one, seen)
			}
		}
	}
	var stream bytes.Buffer
	must(t, tf.InitJSON(ctx, &stream))
	contains(&stream, "version", "init_output")
	stream.Reset()
	_, err := tf.PlanJSON(ctx, &stream)
	must(t, err)
	contains(&stream, "version", "planned_change", "change_summary", "outputs")
	stream.Reset()
	must(t, tf.ApplyJSON(ctx, &stream))
	contains(&stream, "apply_start", "apply_complete", "change_summary", "outputs")
	stream.Reset()
	must(t, tf.RefreshJSON(ctx, &stream))
	contains(&stream, "refresh_start", "refresh_complete")
	stream.Reset()
	must(t, tf.DestroyJSON(ctx, &stream))
	contains(&stream, "planned_change", "apply_complete", "change_summary")
}

func TestReplaceAndRefreshOnly(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": built})
	must(t, tf.Init(ctx))
	must(t, tf.Apply(ctx))
	before, err := tf.StatePull(ctx)
	must(t, err)
	must(t, tf.Apply(ctx, tfexec.Replace("terraform_data.b[0]")))
	after, err := tf.StatePull(ctx)
	must(t, err)
	if before == after {
		t.Error("nothing was replaced")
	}
	changes, err := tf.Plan(ctx, tfexec.RefreshOnly(true))
	must(t, err)
	same(t, "whether a refresh changes something", changes, false)
	must(t, tf.Apply(ctx, tfexec.RefreshOnly(true)))
}

func TestBackendConfiguration(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": "terraform {\n  backend \"local\" {}\n}\n" + built})
	must(t, tf.Init(ctx, tfexec.BackendConfig("path=kept/here.tfstate")))
	must(t, tf.Apply(ctx))
	if _, err := os.Stat(filepath.Join(tf.WorkingDir(), "kept/here.tfstate")); err != nil {
		t.Error(err)
	}
	must(t, tf.Init(ctx, tfexec.Reconfigure(true), tfexec.BackendConfig("path=other.tfstate")))
	state, err := tf.Show(ctx)
	must(t, err)
	if state.Values != nil {
		t.Error("the other state is not empty")
	}
}

func TestInstalledProvider(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": `
terraform {
  required_providers {
    clients = {
      source  = "hashicorp/clients"
      version = "1.0.0"
    }
  }
}
resource "clients_note" "a" {
  title = "installed"
}
`})
	must(t, tf.Init(ctx))
	lock := filepath.Join(tf.WorkingDir(), ".terraform.lock.hcl")
	text, err := os.ReadFile(lock)
	must(t, err)
	if !strings.Contains(string(text), `version     = "1.0.0"`) || !strings.Contains(string(text), "h1:") {
		t.Errorf("the lock file reads:\n%s", text)
	}
	must(t, tf.Apply(ctx))
	must(t, tf.SetDisablePluginTLS(true))
	must(t, tf.Destroy(ctx))
	must(t, os.Remove(lock))
	must(t, tf.ProvidersLock(ctx, tfexec.FSMirror(filepath.Join(filepath.Dir(directory), "mirror"))))
	if _, err := os.Stat(lock); err != nil {
		t.Error(err)
	}
	schemas, err := tf.ProvidersSchema(ctx)
	must(t, err)
	resource := schemas.Schemas[address].ResourceSchemas["clients_note"]
	same(t, "the version of the schema", resource.Version, 1)
	same(t, "whether `title` is required", resource.Block.Attributes["title"].Required, true)
	same(t, "whether `secret_wo` is only written", resource.Block.Attributes["secret_wo"].WriteOnly, true)
}

// A provider that another process serves is neither installed nor locked.
func TestReattachedProvider(t *testing.T) {
	served, stop := context.WithCancel(ctx)
	configs, closed := make(chan *goplugin.ReattachConfig, 1), make(chan struct{})
	go func() {
		server := providerserver.NewProtocol6(framework.New(framework.Options{Nested: true}))
		if err := tf6server.Serve(address, server, tf6server.WithDebug(served, configs, closed)); err != nil {
			t.Error(err)
		}
	}()
	config := <-configs
	t.Cleanup(func() { stop(); <-closed })
	info := tfexec.ReattachInfo{address: tfexec.ReattachConfig{
		Protocol: string(config.Protocol), ProtocolVersion: 6, Pid: config.Pid, Test: true,
		Addr: tfexec.ReattachConfigAddr{Network: config.Addr.Network(), String: config.Addr.String()},
	}}
	tf := at(t, map[string]string{"main.tf": "resource \"clients_note\" \"a\" {\n  title = \"reattached\"\n}\n"})
	reattach := tfexec.Reattach(info)
	must(t, tf.Init(ctx, reattach))
	if _, err := os.Stat(filepath.Join(tf.WorkingDir(), ".terraform.lock.hcl")); err == nil {
		t.Error("there is a lock file")
	}
	changes, err := tf.Plan(ctx, reattach, tfexec.Out("saved"))
	must(t, err)
	same(t, "whether there are changes", changes, true)
	plan, err := tf.ShowPlanFile(ctx, "saved", reattach)
	must(t, err)
	same(t, "the number of changes", len(plan.ResourceChanges), 1)
	must(t, tf.Apply(ctx, tfexec.DirOrPlan("saved"), reattach))
	state, err := tf.Show(ctx, reattach)
	must(t, err)
	id := state.Values.RootModule.Resources[0].AttributeValues["id"].(string)
	must(t, tf.StateRm(ctx, "clients_note.a"))
	must(t, tf.Import(ctx, "clients_note.a", id, reattach))
	must(t, tf.Refresh(ctx, reattach))
	must(t, tf.Destroy(ctx, reattach))
}

func TestInterrupt(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": `
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch begun; exec sleep 60"
  }
}
`})
	must(t, tf.Init(ctx))
	cancelled, cancel := context.WithCancel(ctx)
	begun := filepath.Join(tf.WorkingDir(), "begun")
	go func() {
		defer cancel()
		for {
			if _, err := os.Stat(begun); err == nil {
				return
			}
		}
	}()
	err := tf.Apply(cancelled)
	if err == nil {
		t.Error("the apply ended well")
	}
}

func TestGeneratedConfiguration(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": "import {\n  to = terraform_data.found\n  id = \"an-id\"\n}\n"})
	must(t, tf.Init(ctx))
	_, err := tf.Plan(ctx)
	mustFail(t, err, "Configuration for import target does not exist")
	_, err = tf.Plan(ctx, tfexec.GenerateConfigOut("generated.tf"))
	must(t, err)
	text, err := os.ReadFile(filepath.Join(tf.WorkingDir(), "generated.tf"))
	must(t, err)
	const block = "resource \"terraform_data\" \"found\" {\n  input            = null\n  triggers_replace = null\n}\n"
	if !strings.Contains(string(text), block) {
		t.Errorf("the generated configuration is\n%s", text)
	}
	must(t, tf.Apply(ctx))
	same(t, "what there is", addresses(t, tf), "terraform_data.found")
}

// Logs go to the file that was named, and nothing of them to the streams.
func TestLogs(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": built})
	var printed bytes.Buffer
	tf.SetStderr(&printed)
	log := filepath.Join(t.TempDir(), "log")
	must(t, tf.SetLog("TRACE"))
	must(t, tf.SetLogPath(log))
	must(t, tf.Init(ctx))
	must(t, tf.Apply(ctx))
	if _, err := os.Stat(log); err != nil {
		t.Error(err)
	}
	same(t, "what was printed on standard error", printed.String(), "")
}

func TestEnvironment(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": "terraform {\n  backend \"local\" {}\n}\n" + built})
	must(t, tf.SetEnv(map[string]string{"PATH": os.Getenv("PATH"), "TF_DATA_DIR": "kept"}))
	must(t, tf.SetAppendUserAgent("clients"))
	must(t, tf.Init(ctx))
	must(t, tf.Apply(ctx))
	if _, err := os.Stat(filepath.Join(tf.WorkingDir(), "kept/terraform.tfstate")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(tf.WorkingDir(), ".terraform")); err == nil {
		t.Error("there is a directory .terraform")
	}
}
