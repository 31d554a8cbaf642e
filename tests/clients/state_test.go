package clients_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-exec/tfexec"
)

func applied(t *testing.T, files map[string]string) *tfexec.Terraform {
	t.Helper()
	tf := at(t, files)
	must(t, tf.Init(ctx))
	must(t, tf.Apply(ctx))
	return tf
}

// addresses are those of all objects in the root module.
func addresses(t *testing.T, tf *tfexec.Terraform) string {
	t.Helper()
	state, err := tf.Show(ctx)
	must(t, err)
	if state.Values == nil {
		return ""
	}
	var all []string
	for _, resource := range state.Values.RootModule.Resources {
		tainted := ""
		if resource.Tainted {
			tainted = " (tainted)"
		}
		all = append(all, resource.Address+tainted)
	}
	return strings.Join(all, " ")
}

func TestStateCommands(t *testing.T) {
	tf := applied(t, map[string]string{"main.tf": built})
	must(t, tf.StateMv(ctx, "terraform_data.a", "terraform_data.moved"))
	same(t, "what there is", addresses(t, tf), "terraform_data.b[0] terraform_data.b[1] terraform_data.moved")
	must(t, tf.StateMv(ctx, "terraform_data.b[0]", "terraform_data.b[7]", tfexec.DryRun(true)))
	must(t, tf.StateRm(ctx, "terraform_data.b"))
	same(t, "what there is", addresses(t, tf), "terraform_data.moved")
	mustFail(t, tf.StateRm(ctx, "terraform_data.nowhere"), "Invalid target address")
	must(t, tf.Taint(ctx, "terraform_data.moved"))
	same(t, "what there is", addresses(t, tf), "terraform_data.moved (tainted)")
	must(t, tf.Untaint(ctx, "terraform_data.moved"))
	same(t, "what there is", addresses(t, tf), "terraform_data.moved")
	mustFail(t, tf.Taint(ctx, "terraform_data.nowhere"), "No such resource instance")
	must(t, tf.Taint(ctx, "terraform_data.nowhere", tfexec.AllowMissing(true)))
	// The file ends as `state pull` prints it.
	pulled, err := tf.StatePull(ctx)
	must(t, err)
	path := filepath.Join(tf.WorkingDir(), "pulled")
	put(t, path, pulled)
	must(t, tf.StateRm(ctx, "terraform_data.moved"))
	mustFail(t, tf.StatePush(ctx, path), "cannot import state with serial")
	must(t, tf.StatePush(ctx, path, tfexec.Force(true)))
	same(t, "what there is", addresses(t, tf), "terraform_data.moved")
	again, err := tf.StatePull(ctx)
	must(t, err)
	same(t, "the state that was pushed", withoutSerial(again), withoutSerial(pulled))
	state, err := tf.ShowStateFile(ctx, "pulled")
	must(t, err)
	same(t, "the number of resources in the file", len(state.Values.RootModule.Resources), 1)
}

func withoutSerial(state string) string {
	var kept []string
	for line := range strings.Lines(state) {
		if !strings.HasPrefix(line, `  "serial"`) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestImportCommand(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": "resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n"})
	must(t, tf.Init(ctx))
	must(t, tf.Import(ctx, "terraform_data.a", "an-id"))
	same(t, "what there is", addresses(t, tf), "terraform_data.a")
	mustFail(t, tf.Import(ctx, "terraform_data.a", "an-id"), "Resource already managed by Terraform")
	mustFail(t, tf.Import(ctx, "terraform_data.b", "an-id"), "resource address \"terraform_data.b\" does not exist")
}

func TestWorkspaces(t *testing.T) {
	tf := applied(t, map[string]string{"main.tf": built})
	must(t, tf.WorkspaceNew(ctx, "second"))
	same(t, "what there is", addresses(t, tf), "")
	all, current, err := tf.WorkspaceList(ctx)
	must(t, err)
	same(t, "the workspaces", strings.Join(all, " "), "default second")
	same(t, "the current one", current, "second")
	shown, err := tf.WorkspaceShow(ctx)
	must(t, err)
	same(t, "the current one", shown, "second")
	must(t, tf.Apply(ctx))
	must(t, tf.WorkspaceSelect(ctx, "default"))
	mustFail(t, tf.WorkspaceDelete(ctx, "second"), "Workspace is not empty")
	must(t, tf.WorkspaceDelete(ctx, "second", tfexec.Force(true)))
	mustFail(t, tf.WorkspaceSelect(ctx, "second"), "Workspace \"second\" doesn't exist")
}

// A state that another process has locked, and the way out.
func TestLocks(t *testing.T) {
	tf := applied(t, map[string]string{"main.tf": built})
	put(t, filepath.Join(tf.WorkingDir(), "slow.tf"), `
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch begun; while [ ! -e done ]; do sleep 0.05; done"
  }
}
`)
	finished := make(chan error, 1)
	go func() { finished <- tf.Apply(ctx) }()
	waitFor(t, filepath.Join(tf.WorkingDir(), "begun"))
	other, err := tfexec.NewTerraform(tf.WorkingDir(), binary)
	must(t, err)
	_, err = other.Plan(ctx)
	mustFail(t, err, "Error acquiring the state lock")
	mustFail(t, err, "Lock Info:")
	_, err = other.Plan(ctx, tfexec.Lock(false))
	must(t, err)
	mustFail(t, other.ForceUnlock(ctx, "wrong"), "")
	put(t, filepath.Join(tf.WorkingDir(), "done"), "")
	must(t, <-finished)
	_, err = other.Plan(ctx)
	must(t, err)
}

func waitFor(t *testing.T, path string) {
	t.Helper()
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
}
