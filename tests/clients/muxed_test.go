package clients_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

const oneThing = `
resource "clients_thing" "a" {
  name = "a"
  size = 3
  labels = {
    k = "v"
  }
  port {
    number = 80
  }
  port {
    number   = 53
    protocol = "udp"
  }
  password = "hidden"
}
data "clients_things" "all" {
  prefix = clients_thing.a.id
}
`

func stepsOfAThing() []resource.TestStep {
	return []resource.TestStep{
		{
			Config: oneThing,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("clients_thing.a", plancheck.ResourceActionCreate),
				plancheck.ExpectUnknownValue("clients_thing.a", tfjsonpath.New("sum")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("clients_thing.a", tfjsonpath.New("sum"), knownvalue.Int64Exact(133)),
				statecheck.ExpectSensitiveValue("clients_thing.a", tfjsonpath.New("password")),
				statecheck.ExpectKnownValue("data.clients_things.all", tfjsonpath.New("ids"), knownvalue.ListSizeExact(1)),
			},
			Check: resource.TestCheckTypeSetElemNestedAttrs("clients_thing.a", "port.*",
				map[string]string{"number": "53", "protocol": "udp"}),
		},
		{
			Config: strings.Replace(oneThing, "number = 80", "number = 8080", 1),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("clients_thing.a", plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue("clients_thing.a", tfjsonpath.New("sum")),
			}},
			Check: resource.TestCheckResourceAttr("clients_thing.a", "sum", "8133"),
		},
		{ResourceName: "clients_thing.a", ImportState: true, ImportStateVerify: true},
		{
			Config: strings.Replace(oneThing, `"a"
  size = 3`, `"renamed"`, 1),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("clients_thing.a", plancheck.ResourceActionReplace),
			}},
			Check: resource.TestCheckResourceAttr("clients_thing.a", "size", "0"),
		},
		{
			Config:      strings.Replace(oneThing, "size = 3", "size = -3", 1),
			ExpectError: regexp.MustCompile(`a thing cannot be smaller than nothing`),
		},
		{
			Config:      strings.Replace(oneThing, `name = "a"`, `name = "unmakable"`, 1),
			ExpectError: regexp.MustCompile(`the store refuses unmakable`),
		},
		{Config: strings.Replace(oneThing, `name = "a"`, `name = "questionable"`, 1)},
	}
}

func TestAccThing(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		ProtoV5ProviderFactories: onSDK(), CheckDestroy: gone(t), Steps: stepsOfAThing(),
	})
}

func TestAccThingMuxedOverProtocol5(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		ProtoV5ProviderFactories: muxed5(), CheckDestroy: gone(t), Steps: stepsOfAThing()[:3],
	})
}

const both = `
resource "clients_thing" "a" {
  name = "a"
}
resource "clients_note" "a" {
  title = clients_thing.a.id
  body  = provider::clients::shout(clients_thing.a.name)
}
`

func stepsOfBoth() []resource.TestStep {
	return []resource.TestStep{
		{
			Config: both,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("clients_note.a", tfjsonpath.New("body"), knownvalue.StringExact("A!")),
			},
			Check: resource.TestCheckResourceAttrPair("clients_note.a", "title", "clients_thing.a", "id"),
		},
		{
			Config: strings.Replace(both, `name = "a"`, `name = "b"`, 1),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("clients_thing.a", plancheck.ResourceActionReplace),
				plancheck.ExpectResourceAction("clients_note.a", plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue("clients_note.a", tfjsonpath.New("title")),
			}},
		},
		{ResourceName: "clients_note.a", ImportState: true, ImportStateVerify: true},
	}
}

func TestAccBothOverProtocol5(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		ProtoV5ProviderFactories: muxed5(), CheckDestroy: gone(t), Steps: stepsOfBoth(),
	})
}

func TestAccBothOverProtocol6(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: muxed6(), CheckDestroy: gone(t), Steps: stepsOfBoth(),
	})
}
