package clients_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// Queries came with terraform 1.14; ours says that it is one only where it is told to.
func TestAccQuery(t *testing.T) {
	t.Setenv("FORMWORK_TERRAFORM_VERSION", "1.14.0")
	byName := queryfilter.ByDisplayName(knownvalue.StringExact("sought second"))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: onFramework(),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		Steps: []resource.TestStep{
			{Config: `
resource "clients_note" "a" {
  title = "sought first"
}
resource "clients_note" "b" {
  title = "sought second"
  body  = "some words"
}
resource "clients_note" "c" {
  title = "another"
}
`},
			{
				Query: true,
				Config: `
provider "clients" {}
locals {
  title = "sought"
}
list "clients_note" "sought" {
  provider         = clients
  include_resource = true
  config {
    title = local.title
  }
}
list "clients_note" "one" {
  provider = clients
  limit    = 1
  config {
    title = list.clients_note.sought.data[0].state.title
  }
}
`,
				QueryResultChecks: []querycheck.QueryResultCheck{
					querycheck.ExpectLength("clients_note.sought", 2),
					querycheck.ExpectLength("clients_note.one", 1),
					querycheck.ExpectIdentity("clients_note.one", map[string]knownvalue.Check{"id": knownvalue.NotNull()}),
					querycheck.ExpectResourceKnownValues("clients_note.sought", byName, []querycheck.KnownValueCheck{
						{Path: tfjsonpath.New("body"), KnownValue: knownvalue.StringExact("some words")},
					}),
				},
			},
			{
				Query: true,
				Config: `
provider "clients" {}
list "clients_note" "none" {
  provider = clients
  config {}
}
`,
				ExpectError: regexp.MustCompile(`Missing required argument`),
			},
		},
	})
}
