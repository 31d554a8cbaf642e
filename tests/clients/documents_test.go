package clients_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

const everything = `
terraform {
  required_providers {
    clients = {
      source = "hashicorp/clients"
    }
  }
}
variable "body" {
  type        = string
  default     = "some words"
  description = "What the note says."
}
variable "secret" {
  default   = "hidden"
  sensitive = true
}
provider "clients" {}
resource "clients_note" "first" {
  title    = "first"
  body     = var.body
  tags     = { a = "1", b = "2" }
  readers  = ["x", "y"]
  weight   = 7227701560655103598
  secret   = var.secret
  line {
    text = "one"
  }
  line {
    text   = "two"
    indent = 4
  }
  lifecycle {
    postcondition {
      condition     = self.priority == 1
      error_message = "Not of the first priority."
    }
  }
}
resource "clients_note" "counted" {
  count = 2
  title = "${clients_note.first.id}-${count.index}"
}
resource "clients_shelf" "nested" {
  place = { room = "kitchen" }
  books = [{ title = "a", pages = 3 }, { title = "b", code = "c" }]
  boxes = { k = { title = "d" } }
  any   = { deep = [1, "two", true] }
}
data "clients_note" "again" {
  id = clients_note.first.id
}
module "inner" {
  source = "./inner"
  title  = clients_note.first.title
}
check "words" {
  assert {
    condition     = length(clients_note.first.words) == 2
    error_message = "Two words are enough."
  }
}
output "words" {
  value = clients_note.first.words
}
output "number" {
  value = clients_note.first.weight
}
output "secret" {
  value     = clients_note.first.secret
  sensitive = true
}
`

const inner = `
terraform {
  required_providers {
    clients = {
      source = "hashicorp/clients"
    }
  }
}
variable "title" {
  type = string
}
resource "clients_note" "each" {
  for_each = toset(["p", "q"])
  title    = "${var.title} ${each.key}"
}
`

// document runs the binary and gives what it prints.
func document(t *testing.T, tf *tfexec.Terraform, arguments ...string) []byte {
	t.Helper()
	command := exec.Command(binary, arguments...)
	command.Dir = tf.WorkingDir()
	printed, err := command.Output()
	must(t, err)
	return printed
}

// decoded reads a document without rounding its numbers.
func decoded(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	must(t, decoder.Decode(&value))
	return value
}

// dropped is what terraform-json does not know, or reads as a float in a plan.
var dropped = regexp.MustCompile(
	`plan\.(applyable|configuration\..*\.constant_value|prior_state\.values\..*(weight|number\.value))$|\.action_reason$`,
)

// lost finds what a document has and its decoded form, written again, has not.
func lost(at string, whole, kept any) []string {
	if empty(whole) && empty(kept) {
		return nil
	}
	switch whole := whole.(type) {
	case map[string]any:
		other, is := kept.(map[string]any)
		if !is {
			return []string{at}
		}
		var found []string
		for key, value := range whole {
			found = append(found, lost(at+"."+key, value, other[key])...)
		}
		return found
	case []any:
		other, is := kept.([]any)
		if !is || len(whole) != len(other) {
			return []string{at}
		}
		var found []string
		for i := range whole {
			found = append(found, lost(fmt.Sprintf("%s.%d", at, i), whole[i], other[i])...)
		}
		return found
	}
	if reflect.DeepEqual(whole, kept) || dropped.MatchString(at) {
		return nil
	}
	return []string{fmt.Sprintf("%s: %v instead of %v", at, kept, whole)}
}

func empty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case bool:
		return !value
	case map[string]any:
		for _, one := range value {
			if !empty(one) {
				return false
			}
		}
		return true
	case []any:
		for _, one := range value {
			if !empty(one) {
				return false
			}
		}
		return true
	case json.Number:
		return value == "0"
	case string:
		return value == ""
	}
	return false
}

func lossless(t *testing.T, what string, text []byte, document any) {
	t.Helper()
	again, err := json.Marshal(document)
	must(t, err)
	found := lost(what, decoded(t, text), decoded(t, again))
	sort.Strings(found)
	for _, one := range found {
		t.Errorf("lost: %s", one)
	}
}

func TestDocuments(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": everything, "inner/main.tf": inner})
	must(t, tf.Init(ctx))
	_, err := tf.Plan(ctx, tfexec.Out("saved"))
	must(t, err)
	plan := tfjson.Plan{}
	plan.UseJSONNumber(true)
	text := document(t, tf, "show", "-json", "saved")
	must(t, json.Unmarshal(text, &plan))
	lossless(t, "plan", text, &plan)
	through, err := tf.ShowPlanFile(ctx, "saved", tfexec.JSONNumber(true))
	must(t, err)
	same(t, "the number of changes", len(through.ResourceChanges), len(plan.ResourceChanges))
	must(t, tf.Apply(ctx, tfexec.DirOrPlan("saved")))

	state := tfjson.State{}
	state.UseJSONNumber(true)
	text = document(t, tf, "show", "-json")
	must(t, json.Unmarshal(text, &state))
	lossless(t, "state", text, &state)
	number := fmt.Sprint(state.Values.Outputs["number"].Value)
	same(t, "a number that is no float", number, "7227701560655103598")
	for _, resource := range state.Values.RootModule.Resources {
		if resource.Address == "clients_note.first" {
			same(t, "the weight", fmt.Sprint(resource.AttributeValues["weight"]), "7227701560655103598")
			same(t, "what is sensitive", string(resource.SensitiveValues),
				`{"line":[{},{}],"readers":[false,false],"secret":true,"secret_wo":true,"tags":{},"words":[false,false]}`)
		}
	}

	must(t, tf.Apply(ctx, tfexec.Var("body=now three words")))
	_, err = tf.Plan(ctx, tfexec.Out("end"), tfexec.Destroy(true))
	must(t, err)
	plan = tfjson.Plan{}
	plan.UseJSONNumber(true)
	text = document(t, tf, "show", "-json", "end")
	must(t, json.Unmarshal(text, &plan))
	lossless(t, "destroy plan", text, &plan)
	must(t, tf.Apply(ctx, tfexec.DirOrPlan("end")))

	schemas := tfjson.ProviderSchemas{}
	text = document(t, tf, "providers", "schema", "-json")
	must(t, json.Unmarshal(text, &schemas))
	lossless(t, "schemas", text, &schemas)

	functions := tfjson.MetadataFunctions{}
	text = document(t, tf, "metadata", "functions", "-json")
	must(t, json.Unmarshal(text, &functions))
	lossless(t, "functions", text, &functions)
	read, err := tf.MetadataFunctions(ctx)
	must(t, err)
	if read.Signatures["jsonencode"] == nil || read.Signatures["join"].VariadicParameter == nil {
		t.Error("signatures of functions are missing")
	}
}

func TestValidate(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": built})
	must(t, tf.Init(ctx))
	found, err := tf.Validate(ctx)
	must(t, err)
	same(t, "whether it is valid", found.Valid, true)
	put(t, filepath.Join(tf.WorkingDir(), "wrong.tf"), "resource \"terraform_data\" \"wrong\" {\n  input = var.wrod\n}\n")
	found, err = tf.Validate(ctx)
	must(t, err)
	same(t, "whether it is valid", found.Valid, false)
	same(t, "the number of errors", found.ErrorCount, 1)
	for _, diagnostic := range found.Diagnostics {
		same(t, "the file", diagnostic.Range.Filename, "wrong.tf")
		same(t, "the line", diagnostic.Range.Start.Line, 2)
		same(t, "the code", diagnostic.Snippet.Code, "  input = var.wrod")
		same(t, "its block", *diagnostic.Snippet.Context, `resource "terraform_data" "wrong"`)
	}
}

func TestFormat(t *testing.T) {
	const ugly, pretty = "a   = 1\nlong = {b=2}\n", "a    = 1\nlong = { b = 2 }\n"
	tf := at(t, map[string]string{"ugly.tf": ugly, "deep/ugly.tf": ugly, "good.tf": pretty})
	text, err := tf.FormatString(ctx, ugly)
	must(t, err)
	same(t, "the formatted text", text, pretty)
	good, files, err := tf.FormatCheck(ctx)
	must(t, err)
	same(t, "whether all is formatted", good, false)
	same(t, "what is not", strings.Join(files, " "), "ugly.tf")
	must(t, tf.FormatWrite(ctx, tfexec.Recursive(true)))
	good, _, err = tf.FormatCheck(ctx, tfexec.Recursive(true))
	must(t, err)
	same(t, "whether all is formatted", good, true)
	var formatted strings.Builder
	must(t, tf.Format(ctx, strings.NewReader(ugly), &formatted))
	same(t, "the formatted stream", formatted.String(), pretty)
	text, err = tfexec.FormatString(ctx, binary, ugly)
	must(t, err)
	same(t, "the text formatted nowhere", text, pretty)
}

func TestGraph(t *testing.T) {
	tf := applied(t, map[string]string{"main.tf": built})
	dot, err := tf.Graph(ctx, tfexec.GraphType("plan"))
	must(t, err)
	if !strings.Contains(dot, "terraform_data.b (expand)") {
		t.Errorf("the graph of operations is\n%s", dot)
	}
	dot, err = tf.Graph(ctx)
	must(t, err)
	for _, wanted := range []string{"digraph G {", `"terraform_data.b" -> "terraform_data.a";`} {
		if !strings.Contains(dot, wanted) {
			t.Errorf("%s is not in\n%s", wanted, dot)
		}
	}
}

func TestModulesAndMirror(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": everything, "inner/main.tf": inner})
	must(t, tf.Get(ctx, tfexec.Update(true)))
	must(t, tf.Init(ctx))
	mirror := t.TempDir()
	// The mirror of the test is no registry, from which alone packages are mirrored.
	err := tf.ProvidersMirror(ctx, mirror, tfexec.LockFile(false))
	mustFail(t, err, "clients")
}

func TestErrorsAreTold(t *testing.T) {
	tf := at(t, map[string]string{"main.tf": "variable \"needed\" {}\noutput \"o\" {\n  value = var.needed\n}\n"})
	must(t, tf.Init(ctx))
	_, err := tf.Plan(ctx)
	mustFail(t, err, "No value for required variable")
	put(t, filepath.Join(tf.WorkingDir(), "main.tf"), "terraform {\n  required_version = \">= 99.0\"\n}\n")
	mustFail(t, tf.Init(ctx), "Unsupported Terraform Core version")
	put(t, filepath.Join(tf.WorkingDir(), "main.tf"), "resource \"x\" {\n")
	mustFail(t, tf.Init(ctx), "Unclosed configuration block")
}
