# Small things that exist for real on this machine: names, a password, files, an archive of them.
terraform {
  required_providers {
    random  = { source = "hashicorp/random" }
    local   = { source = "hashicorp/local" }
    archive = { source = "hashicorp/archive" }
    time    = { source = "hashicorp/time" }
  }
}

variable "greeting" {
  type    = string
  default = "hello"
}

# The demo's third act: a new length replaces the name and everything made of it.
variable "words" {
  type    = number
  default = 2
}

locals {
  services = {
    api = { port = 8080 }
    web = { port = 8081 }
  }
}

resource "time_static" "started" {}

resource "random_pet" "name" {
  length = var.words
}

resource "random_password" "database" {
  length = 24
}

resource "local_file" "service" {
  for_each = local.services

  filename = "${path.module}/build/${each.key}.json"
  content = jsonencode({
    name     = "${random_pet.name.id}-${each.key}"
    port     = each.value.port
    greeting = var.greeting
    started  = time_static.started.rfc3339
  })
}

resource "local_sensitive_file" "password" {
  filename        = "${path.module}/build/password"
  content         = random_password.database.result
  file_permission = "0600"
}

data "archive_file" "bundle" {
  type        = "zip"
  output_path = "${path.module}/build/bundle.zip"

  dynamic "source" {
    for_each = local_file.service
    content {
      filename = basename(source.value.filename)
      content  = source.value.content
    }
  }
}

data "local_file" "api" {
  filename = local_file.service["api"].filename
}

output "name" {
  value = random_pet.name.id
}

output "api" {
  value = jsondecode(data.local_file.api.content)
}

output "bundle" {
  value = data.archive_file.bundle.output_base64sha256
}

output "password" {
  value     = random_password.database.result
  sensitive = true
}
