package framework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"formwork/clients/store"
)

func (r *noteResource) Create(ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse) {
	object, found := r.wanted(ctx, request.Plan, request.Config)
	response.Diagnostics.Append(found...)
	if response.Diagnostics.HasError() {
		return
	}
	if strings.Contains(object.Title, "uncreatable") {
		response.Diagnostics.AddError("Cannot create the note", "The store refuses "+object.Title+".")
		return
	}
	object.ID = r.store.NewID("note")
	if err := r.store.Put(object.ID, object); err != nil {
		response.Diagnostics.AddError("Cannot write the note", err.Error())
		return
	}
	response.Diagnostics.Append(r.tell(ctx, object, &response.State)...)
	response.Diagnostics.Append(response.Identity.SetAttribute(ctx, path.Root("id"), object.ID)...)
	if strings.Contains(object.Title, "half-made") {
		response.Diagnostics.AddError("The note is only half made", "It was written but not finished.")
	}
}

func (r *noteResource) Read(ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse) {
	var id types.String
	response.Diagnostics.Append(request.State.GetAttribute(ctx, path.Root("id"), &id)...)
	var object stored
	err := r.store.Get(id.ValueString(), &object)
	if errors.Is(err, store.ErrNone) {
		response.State.RemoveResource(ctx)
		// The library wants an identity even of what is gone.
		response.Diagnostics.Append(response.Identity.SetAttribute(ctx, path.Root("id"), id)...)
		return
	}
	if err != nil {
		response.Diagnostics.AddError("Cannot read the note", err.Error())
		return
	}
	response.Diagnostics.Append(r.tell(ctx, object, &response.State)...)
	response.Diagnostics.Append(response.Identity.SetAttribute(ctx, path.Root("id"), object.ID)...)
}

func (r *noteResource) Update(ctx context.Context, request resource.UpdateRequest, response *resource.UpdateResponse) {
	object, found := r.wanted(ctx, request.Plan, request.Config)
	response.Diagnostics.Append(found...)
	var id types.String
	response.Diagnostics.Append(request.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if response.Diagnostics.HasError() {
		return
	}
	object.ID = id.ValueString()
	if err := r.store.Put(object.ID, object); err != nil {
		response.Diagnostics.AddError("Cannot write the note", err.Error())
		return
	}
	response.Diagnostics.Append(r.tell(ctx, object, &response.State)...)
	response.Diagnostics.Append(response.Identity.SetAttribute(ctx, path.Root("id"), object.ID)...)
}

func (r *noteResource) Delete(ctx context.Context, request resource.DeleteRequest, response *resource.DeleteResponse) {
	var id types.String
	response.Diagnostics.Append(request.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if err := r.store.Delete(id.ValueString()); err != nil {
		response.Diagnostics.AddError("Cannot delete the note", err.Error())
	}
}

// wanted is what the store is to hold; the secret that is only written comes from the configuration.
func (r *noteResource) wanted(ctx context.Context, plan tfsdk.Plan, config tfsdk.Config) (stored, diag.Diagnostics) {
	var object stored
	var found diag.Diagnostics
	read := func(at path.Path, into any) { found.Append(plan.GetAttribute(ctx, at, into)...) }
	read(r.titlePath(), &object.Title)
	read(path.Root("body"), &object.Body)
	read(path.Root("kind"), &object.Kind)
	read(path.Root("tags"), &object.Tags)
	read(path.Root("readers"), &object.Readers)
	read(path.Root("priority"), &object.Priority)
	read(path.Root("secret"), &object.Secret)
	read(path.Root("line"), &object.Lines)
	var weight types.Number
	read(path.Root("weight"), &weight)
	if !weight.IsNull() {
		object.Weight = weight.ValueBigFloat().Text('f', -1)
	}
	var told types.String
	found.Append(config.GetAttribute(ctx, path.Root("secret_wo"), &told)...)
	object.Told = told.ValueString()
	return object, found
}

// sink takes what is known of an object: a state, or a result of a list.
type sink interface {
	SetAttribute(ctx context.Context, at path.Path, value any) diag.Diagnostics
}

// tell writes an object into a state.
func (r *noteResource) tell(ctx context.Context, object stored, state sink) diag.Diagnostics {
	var found diag.Diagnostics
	write := func(at path.Path, value any) { found.Append(state.SetAttribute(ctx, at, value)...) }
	weight, err := object.weight()
	if err != nil {
		found.AddError("The store is broken", err.Error())
	}
	body := ""
	if object.Body != nil {
		body = *object.Body
	}
	write(path.Root("id"), object.ID)
	write(r.titlePath(), object.Title)
	write(path.Root("body"), object.Body)
	write(path.Root("kind"), object.Kind)
	write(path.Root("tags"), object.Tags)
	write(path.Root("readers"), object.Readers)
	write(path.Root("weight"), weight)
	write(path.Root("priority"), object.Priority)
	write(path.Root("secret"), object.Secret)
	write(path.Root("secret_wo"), types.StringNull())
	write(path.Root("words"), words(body))
	lines, problems := types.ListValueFrom(ctx, lineType, append([]line{}, object.Lines...))
	found.Append(problems...)
	write(path.Root("line"), lines)
	return found
}

// upgradeNote makes `name` the title.
func upgradeNote(_ context.Context, request resource.UpgradeStateRequest, response *resource.UpgradeStateResponse) {
	var attributes map[string]json.RawMessage
	if err := json.Unmarshal(request.RawState.JSON, &attributes); err != nil {
		response.Diagnostics.AddError("Invalid resource state upgrade", err.Error())
		return
	}
	if string(attributes["name"]) == `"unreadable"` {
		response.Diagnostics.AddError("Old note", fmt.Sprintf("Nobody can upgrade %s.", attributes["id"]))
		return
	}
	attributes["title"] = attributes["name"]
	delete(attributes, "name")
	upgraded, err := json.Marshal(attributes)
	if err != nil {
		response.Diagnostics.AddError("Invalid resource state upgrade", err.Error())
		return
	}
	response.DynamicValue = &tfprotov6.DynamicValue{JSON: upgraded}
}
