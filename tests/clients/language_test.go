package clients_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
)

type configRequest = config.TestStepConfigRequest

func TestAccErrors(t *testing.T) {
	cases := map[string]struct{ config, message string }{
		"validation": {
			"resource \"clients_note\" \"a\" {\n  title = \"forbidden\"\n}\n",
			`Error: Forbidden title\n\n  with clients_note\.a,\n  on terraform_plugin_test\.tf line \d+, in resource "clients_note" "a":\n` +
				`  \d+:   title = "forbidden"\n\nA title must not contain this word: forbidden\.`,
		},
		"apply": {
			"resource \"clients_note\" \"a\" {\n  title = \"uncreatable\"\n}\n",
			`Cannot create the note[\s\S]*The store refuses uncreatable\.`,
		},
		"missing argument": {
			"resource \"clients_note\" \"a\" {}\n",
			`Missing required argument[\s\S]*The argument "title" is required, but no definition was found\.`,
		},
		"unsupported argument": {
			"resource \"clients_note\" \"a\" {\n  title = \"x\"\n  tilte = \"y\"\n}\n",
			`Unsupported argument[\s\S]*An argument named "tilte" is not expected here\.`,
		},
		"wrong type": {
			"resource \"clients_note\" \"a\" {\n  title = \"x\"\n  priority = \"high\"\n}\n",
			`Inappropriate value for attribute "priority": a number is required\.`,
		},
		"data": {
			"data \"clients_note\" \"a\" {\n  id = \"nowhere\"\n}\n",
			`Note not found[\s\S]*nowhere: there is no such object`,
		},
		"unknown resource type": {
			"resource \"clients_nothing\" \"a\" {}\n",
			`Invalid resource type[\s\S]*does not support resource type\s+"clients_nothing"\.`,
		},
		"function": {
			"output \"o\" {\n  value = provider::clients::shout(\"\")\n}\n",
			`Invalid function argument[\s\S]*Invalid value for "text" parameter: silence cannot be shouted\.`,
		},
		"cycle": {
			"resource \"clients_note\" \"a\" {\n  title = clients_note.b.title\n}\nresource \"clients_note\" \"b\" {\n  title = clients_note.a.title\n}\n",
			`Error: Cycle: clients_note\.[ab], clients_note\.[ab]`,
		},
		"ephemeral value in an output": {
			"ephemeral \"clients_secret\" \"s\" {\n  name = \"x\"\n}\noutput \"o\" {\n  value = ephemeral.clients_secret.s.value\n}\n",
			`Ephemeral value not allowed`,
		},
		"postcondition": {
			"resource \"clients_note\" \"a\" {\n  title = \"x\"\n  lifecycle {\n    postcondition {\n      condition     = self.priority == 2\n      error_message = \"Wrong priority.\"\n    }\n  }\n}\n",
			`Resource postcondition failed[\s\S]*Wrong priority\.`,
		},
		"wrong count": {
			"resource \"clients_note\" \"a\" {\n  title = \"x\"\n  count = var.n\n}\nvariable \"n\" {\n  default = -1\n}\n",
			`Invalid count argument`,
		},
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			resource.ParallelTest(t, resource.TestCase{
				ProtoV6ProviderFactories: onFramework(),
				Steps:                    []resource.TestStep{{Config: one.config, ExpectError: regexp.MustCompile(one.message)}},
			})
		})
	}
}

// What failed half-way is tainted, and replaced by the next apply.
func TestAccHalfMade(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: onFramework(),
		CheckDestroy:             gone(t),
		Steps: []resource.TestStep{
			{
				Config:      "resource \"clients_note\" \"a\" {\n  title = \"half-made\"\n}\n",
				ExpectError: regexp.MustCompile(`The note is only half made`),
			},
			{
				Config: "resource \"clients_note\" \"a\" {\n  title = \"whole\"\n}\n",
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("clients_note.a", plancheck.ResourceActionReplace),
				}},
			},
		},
	})
}

func TestAccFunctions(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: onFramework(),
		Steps: []resource.TestStep{{
			Config: `
output "loud" {
  value = provider::clients::shout("hear")
}
output "long" {
  value = provider::clients::longest("a", "ccc", null, "bb")
}
resource "terraform_data" "later" {
  input = "later"
}
output "unknown" {
  value = provider::clients::shout(terraform_data.later.output)
}
`,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownOutputValue("loud", knownvalue.StringExact("HEAR!")),
				plancheck.ExpectUnknownOutputValue("unknown"),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("long", knownvalue.StringExact("ccc")),
				statecheck.ExpectKnownOutputValue("unknown", knownvalue.StringExact("LATER!")),
			},
		}},
	})
}

// An ephemeral value reaches another provider and a write-only attribute, and no state.
func TestAccEphemeral(t *testing.T) {
	factories := onFramework()
	factories["echo"] = echoprovider.NewProviderServer()
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: `
ephemeral "clients_secret" "s" {
  name = "whisper"
}
provider "echo" {
  data = ephemeral.clients_secret.s.value
}
resource "echo" "seen" {}
resource "clients_note" "told" {
  title     = "told"
  secret_wo = ephemeral.clients_secret.s.value
}
`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("echo.seen", tfjsonpath.New("data"), knownvalue.StringExact("WHISPER")),
				statecheck.ExpectKnownValue("clients_note.told", tfjsonpath.New("secret_wo"), knownvalue.Null()),
			},
		}},
	})
	log, err := os.ReadFile(filepath.Join(directory, "log"))
	must(t, err)
	opens, closes := strings.Count(string(log), "open whisper"), strings.Count(string(log), "close whisper")
	if opens == 0 || opens != closes {
		t.Errorf("the secret was opened %d times and closed %d times", opens, closes)
	}
}

func TestAccCounted(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: onFramework(),
		Steps: []resource.TestStep{{
			Config: `
locals {
  titles = ["x", "y"]
}
resource "clients_note" "a" {
  count = 2
  title = local.titles[count.index]
}
data "clients_note" "again" {
  count = 2
  id    = clients_note.a[count.index].id
}
output "titles" {
  value = { for one in data.clients_note.again : one.id => one.title... }
}
output "all" {
  value = data.clients_note.again[*].title
}
`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("all", knownvalue.TupleExact(
					[]knownvalue.Check{knownvalue.StringExact("x"), knownvalue.StringExact("y")})),
				statecheck.ExpectKnownOutputValue("titles", knownvalue.MapSizeExact(2)),
				statecheck.ExpectKnownValue("data.clients_note.again[1]", tfjsonpath.New("tags"), knownvalue.Null()),
			},
		}, {
			// One instance goes.
			Config: `
resource "clients_note" "a" {
  count = 1
  title = "x"
}
`,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("clients_note.a[0]", plancheck.ResourceActionNoop),
				plancheck.ExpectResourceAction("clients_note.a[1]", plancheck.ResourceActionDestroy),
			}},
		}},
	})
}
