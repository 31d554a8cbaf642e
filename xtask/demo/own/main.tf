# The provider of this workspace, as a process of its own, driven like any other. Its cloud is the directory `cloud`.
terraform {
  required_providers {
    fwtest = { source = "hashicorp/fwtest" }
  }
}

variable "colour" {
  type    = string
  default = "green"
}

# The demo's third act: an object of another size is another object.
variable "size" {
  type    = number
  default = 1
}

provider "fwtest" {
  cloud = "${path.root}/cloud"
}

resource "fwtest_object" "network" {
  name = "network"
  size = var.size
}

resource "fwtest_object" "server" {
  for_each = toset(["api", "web"])

  name = each.key
  tags = { network = fwtest_object.network.id, colour = var.colour }
}

data "fwtest_lookup" "api" {
  name = fwtest_object.server["api"].name
}

output "servers" {
  value = { for name, server in fwtest_object.server : name => server.id }
}

output "looked_up" {
  value = data.fwtest_lookup.api
}
