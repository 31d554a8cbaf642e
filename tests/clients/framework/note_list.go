package framework

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"formwork/clients/store"
)

// noteList finds notes by their titles.
type noteList struct {
	store *store.Store
}

var _ list.ListResourceWithConfigure = (*noteList)(nil)

func (l *noteList) Metadata(
	_ context.Context, request resource.MetadataRequest, response *resource.MetadataResponse,
) {
	response.TypeName = request.ProviderTypeName + "_note"
}

func (l *noteList) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, response *list.ListResourceSchemaResponse,
) {
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"title": schema.StringAttribute{Required: true, Description: "How the titles begin."},
	}}
}

func (l *noteList) Configure(
	_ context.Context, request resource.ConfigureRequest, _ *resource.ConfigureResponse,
) {
	l.store, _ = request.ProviderData.(*store.Store)
}

func (l *noteList) List(ctx context.Context, request list.ListRequest, stream *list.ListResultsStream) {
	var title types.String
	found := request.Config.GetAttribute(ctx, path.Root("title"), &title)
	ids, err := l.store.IDs()
	if err != nil {
		found.AddError("Cannot list the notes", err.Error())
	}
	if found.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(found)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		for _, id := range ids {
			var object stored
			if !strings.HasPrefix(id, "note-") || l.store.Get(id, &object) != nil {
				continue
			}
			if strings.HasPrefix(object.Title, title.ValueString()) && !push(result(ctx, request, object)) {
				return
			}
		}
	}
}

func result(ctx context.Context, request list.ListRequest, object stored) list.ListResult {
	one := request.NewListResult(ctx)
	one.DisplayName = object.Title
	one.Diagnostics = append(diag.Diagnostics{}, one.Identity.SetAttribute(ctx, path.Root("id"), object.ID)...)
	if request.IncludeResource {
		one.Diagnostics.Append((&noteResource{}).tell(ctx, object, one.Resource)...)
	}
	return one
}
