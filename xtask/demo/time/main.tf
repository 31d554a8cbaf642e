# Moments and intervals: the provider that every machine with Go can build.
terraform {
  required_providers {
    time = { source = "hashicorp/time" }
  }
}

variable "days" {
  type    = number
  default = 30
}

# The demo's third act: another moment replaces the start and what is counted from it.
variable "start" {
  type    = string
  default = "2026-01-01T00:00:00Z"
}

resource "time_static" "start" {
  rfc3339 = var.start
}

resource "time_offset" "renewal" {
  for_each = { certificate = var.days, contract = 12 * var.days }

  base_rfc3339 = time_static.start.rfc3339
  offset_days  = each.value
}

resource "time_rotating" "key" {
  rfc3339       = time_static.start.rfc3339
  rotation_years = 50
}

resource "time_sleep" "settle" {
  create_duration = "1s"
  triggers        = { start = time_static.start.id }
}

resource "terraform_data" "calendar" {
  count = 2

  input = {
    entry   = count.index
    renewal = sort([for entry in time_offset.renewal : entry.rfc3339])[count.index]
    year    = provider::time::rfc3339_parse(time_static.start.rfc3339).year
  }
}

output "renewals" {
  value = { for name, entry in time_offset.renewal : name => entry.rfc3339 }
}

output "calendar" {
  value = terraform_data.calendar[*].output
}
