package clients_test

import (
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"formwork/clients/store"
)

// gone wants that no object which the state had is left in the store.
func gone(t *testing.T) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		var found error
		for address, one := range state.RootModule().Resources {
			if strings.HasPrefix(address, "data.") {
				continue
			}
			var object any
			if err := opened(t).Get(one.Primary.ID, &object); !errors.Is(err, store.ErrNone) {
				found = errors.Join(found, fmt.Errorf("%s is still there", address))
			}
		}
		return found
	}
}

func TestAccNote(t *testing.T) {
	const full = `
resource "clients_note" "a" {
  title    = "first"
  body     = "some words"
  kind     = "plain"
  tags     = { b = "2", a = "1" }
  readers  = ["y", "x", "x"]
  weight   = 7227701560655103598
  secret   = "hidden"
  line {
    text = "one"
  }
  line {
    text   = "two"
    indent = 4
  }
}
`
	var weight = new(big.Float).SetInt64(7227701560655103598)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: onFramework(),
		CheckDestroy:             gone(t),
		Steps: []resource.TestStep{
			{
				Config: `resource "clients_note" "a" {
					title = "first"
				}`,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectNonEmptyPlan(),
					plancheck.ExpectResourceAction("clients_note.a", plancheck.ResourceActionCreate),
					plancheck.ExpectUnknownValue("clients_note.a", tfjsonpath.New("id")),
					plancheck.ExpectKnownValue("clients_note.a", tfjsonpath.New("priority"), knownvalue.Int64Exact(1)),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("clients_note.a", tfjsonpath.New("body"), knownvalue.Null()),
					statecheck.ExpectKnownValue("clients_note.a", tfjsonpath.New("words"), knownvalue.ListSizeExact(0)),
				},
			},
			{
				Config: full,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("clients_note.a", plancheck.ResourceActionReplace),
					plancheck.ExpectSensitiveValue("clients_note.a", tfjsonpath.New("secret")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("clients_note.a", tfjsonpath.New("weight"), knownvalue.NumberExact(weight)),
					statecheck.ExpectKnownValue("clients_note.a", tfjsonpath.New("readers"), knownvalue.SetExact(
						[]knownvalue.Check{knownvalue.StringExact("x"), knownvalue.StringExact("y")})),
					statecheck.ExpectKnownValue("clients_note.a", tfjsonpath.New("line").AtSliceIndex(1).AtMapKey("indent"),
						knownvalue.Int64Exact(4)),
					statecheck.ExpectSensitiveValue("clients_note.a", tfjsonpath.New("secret")),
				},
				Check: resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckResourceAttr("clients_note.a", "tags.%", "2"),
					resource.TestCheckResourceAttr("clients_note.a", "words.1", "words"),
					resource.TestCheckTypeSetElemAttr("clients_note.a", "readers.*", "x"),
				),
			},
			{
				Config: strings.Replace(full, "some words", "quite other words", 1),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("clients_note.a", plancheck.ResourceActionUpdate),
					plancheck.ExpectKnownValue("clients_note.a", tfjsonpath.New("words"), knownvalue.ListSizeExact(3)),
				}},
			},
			{RefreshState: true},
			{
				Config:   strings.Replace(full, "some words", "quite other words", 1),
				PlanOnly: true,
			},
			{
				ResourceName: "clients_note.a", ImportState: true, ImportStateVerify: true,
			},
			{
				Config:       strings.Replace(full, "some words", "quite other words", 1),
				ResourceName: "clients_note.a", ImportState: true, ImportStateKind: resource.ImportBlockWithID,
			},
			{
				Config: strings.Replace(full, "some words", "quite other words", 1),
				Taint:  []string{"clients_note.a"},
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("clients_note.a", plancheck.ResourceActionReplace),
				}},
			},
		},
	})
}

func TestAccDrift(t *testing.T) {
	var id string
	const config = "resource \"clients_note\" \"a\" {\n  title = \"drifting\"\n}\n"
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: onFramework(),
		CheckDestroy:             gone(t),
		Steps: []resource.TestStep{
			{
				Config: config,
				Check: func(state *terraform.State) error {
					id = state.RootModule().Resources["clients_note.a"].Primary.ID
					return nil
				},
			},
			{
				PreConfig: func() {
					var object map[string]any
					must(t, opened(t).Get(id, &object))
					object["Title"] = "changed outside"
					must(t, opened(t).Put(id, object))
				},
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
				RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("clients_note.a", plancheck.ResourceActionUpdate),
				}},
			},
			{
				PreConfig: func() { must(t, opened(t).Delete(id)) },
				Config:    config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("clients_note.a", plancheck.ResourceActionCreate),
				}},
			},
		},
	})
}

func TestAccNestedAttributes(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: onFramework(),
		CheckDestroy:             gone(t),
		Steps: []resource.TestStep{
			{
				Config: `resource "clients_shelf" "a" {
					place = { room = "kitchen" }
					books = [{ title = "a", pages = 3 }, { title = "b", code = "c" }]
					boxes = { k = { title = "d" } }
					any   = { deep = [1, "two", true] }
				}`,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("clients_shelf.a", tfjsonpath.New("place").AtMapKey("level"), knownvalue.Null()),
					statecheck.ExpectSensitiveValue("clients_shelf.a", tfjsonpath.New("books").AtSliceIndex(1).AtMapKey("code")),
					statecheck.ExpectKnownValue("clients_shelf.a", tfjsonpath.New("any").AtMapKey("deep"), knownvalue.TupleExact(
						[]knownvalue.Check{knownvalue.Int64Exact(1), knownvalue.StringExact("two"), knownvalue.Bool(true)})),
				},
			},
			{
				Config: `resource "clients_shelf" "a" {
					books = [{ title = "b", code = "c" }]
					any   = "now a text"
				}`,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("clients_shelf.a", plancheck.ResourceActionUpdate),
				}},
			},
		},
	})
}

// oldNote is a step with a note of the release before.
func oldNote(name string) resource.TestStep {
	return resource.TestStep{
		ProtoV6ProviderFactories: beforeUpgrade(),
		Config:                   fmt.Sprintf("resource \"clients_note\" \"a\" {\n  name = %q\n}\n", name),
	}
}

func TestAccUpgradedState(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		CheckDestroy: gone(t),
		Steps: []resource.TestStep{
			oldNote("old"),
			{
				ProtoV6ProviderFactories: onFramework(),
				Config:                   "resource \"clients_note\" \"a\" {\n  title = \"old\"\n}\n",
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectEmptyPlan(),
				}},
			},
		},
	})
}

func TestAccStateThatCannotBeUpgraded(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		Steps: []resource.TestStep{
			oldNote("unreadable"),
			{
				ProtoV6ProviderFactories: onFramework(),
				Config:                   "resource \"clients_note\" \"a\" {\n  title = \"unreadable\"\n}\n",
				ExpectError:              regexp.MustCompile(`Old note[\s\S]*Nobody can upgrade "note-`),
			},
			oldNote("unreadable"),
		},
	})
}

func TestAccImportBlocks(t *testing.T) {
	const config = "resource \"clients_note\" \"a\" {\n  title = \"imported\"\n}\n"
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: onFramework(),
		CheckDestroy:             gone(t),
		Steps: []resource.TestStep{
			{Config: config},
			{
				ResourceName: "clients_note.a", ImportState: true, ImportStateKind: resource.ImportBlockWithID,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("clients_note.a", plancheck.ResourceActionNoop),
					plancheck.ExpectKnownValue("clients_note.a", tfjsonpath.New("title"), knownvalue.StringExact("imported")),
				}},
			},
			{
				ResourceName: "clients_note.a", ImportState: true, ImportStateKind: resource.ImportBlockWithID,
				GenerateConfig: true,
			},
			{
				ResourceName: "clients_note.a", ImportState: true, ImportStateId: "note-nowhere",
				ExpectError: regexp.MustCompile(`Cannot import non-existent remote object`),
			},
		},
	})
}

func TestAccVariablesAndDirectory(t *testing.T) {
	directory := t.TempDir()
	put(t, filepath.Join(directory, "main.tf"), "variable \"title\" {}\nresource \"clients_note\" \"a\" {\n  title = var.title\n}\n")
	must(t, os.Setenv("TF_VAR_title", "from the environment"))
	t.Cleanup(func() { must(t, os.Unsetenv("TF_VAR_title")) })
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: onFramework(),
		Steps: []resource.TestStep{{
			ConfigDirectory: func(_ configRequest) string { return directory },
			Check:           resource.TestCheckResourceAttr("clients_note.a", "title", "from the environment"),
		}},
	})
}
