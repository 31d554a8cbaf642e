// Package legacy is a small provider on terraform-plugin-sdk/v2. Its configuration is that of package framework, so that
// the two can be served as one.
package legacy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"formwork/clients/store"
)

// New makes a provider.
func New() *schema.Provider {
	return &schema.Provider{
		Schema: map[string]*schema.Schema{
			"directory": {Type: schema.TypeString, Optional: true, Description: "Where the objects are."},
		},
		ResourcesMap:   map[string]*schema.Resource{"clients_thing": thing()},
		DataSourcesMap: map[string]*schema.Resource{"clients_things": things()},
		ConfigureContextFunc: func(_ context.Context, data *schema.ResourceData) (any, diag.Diagnostics) {
			opened, err := store.Open(data.Get("directory").(string))
			if err != nil {
				return nil, diag.FromErr(err)
			}
			return opened, nil
		},
	}
}

// stored is a thing as the store knows it.
type stored struct {
	Name     string
	Size     int
	Labels   map[string]any
	Ports    []port
	Password string
	Sum      int
}

type port struct {
	Number   int
	Protocol string
}

func thing() *schema.Resource {
	ports := &schema.Resource{Schema: map[string]*schema.Schema{
		"number":   {Type: schema.TypeInt, Required: true},
		"protocol": {Type: schema.TypeString, Optional: true, Default: "tcp"},
	}}
	return &schema.Resource{
		CreateContext: create,
		ReadContext:   read,
		UpdateContext: update,
		DeleteContext: remove,
		CustomizeDiff: func(_ context.Context, diff *schema.ResourceDiff, _ any) error {
			if diff.Get("size").(int) < 0 {
				return errors.New("a thing cannot be smaller than nothing")
			}
			if diff.HasChange("port") {
				return diff.SetNewComputed("sum")
			}
			return nil
		},
		Importer: &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		Schema: map[string]*schema.Schema{
			"name":     {Type: schema.TypeString, Required: true, ForceNew: true},
			"size":     {Type: schema.TypeInt, Optional: true},
			"labels":   {Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}},
			"port":     {Type: schema.TypeSet, Optional: true, Elem: ports},
			"password": {Type: schema.TypeString, Optional: true, Sensitive: true},
			"sum":      {Type: schema.TypeInt, Computed: true},
		},
	}
}

func create(ctx context.Context, data *schema.ResourceData, opened any) diag.Diagnostics {
	data.SetId(opened.(*store.Store).NewID("thing"))
	return write(ctx, data, opened)
}

func update(ctx context.Context, data *schema.ResourceData, opened any) diag.Diagnostics {
	return write(ctx, data, opened)
}

func write(ctx context.Context, data *schema.ResourceData, opened any) diag.Diagnostics {
	object := stored{
		Name:     data.Get("name").(string),
		Size:     data.Get("size").(int),
		Labels:   data.Get("labels").(map[string]any),
		Password: data.Get("password").(string),
	}
	for _, element := range data.Get("port").(*schema.Set).List() {
		given := element.(map[string]any)
		one := port{Number: given["number"].(int), Protocol: given["protocol"].(string)}
		object.Ports = append(object.Ports, one)
		object.Sum += one.Number
	}
	if strings.Contains(object.Name, "unmakable") {
		data.SetId("")
		return diag.Errorf("the store refuses %s", object.Name)
	}
	if err := opened.(*store.Store).Put(data.Id(), object); err != nil {
		return diag.FromErr(err)
	}
	found := read(ctx, data, opened)
	if strings.Contains(object.Name, "questionable") {
		found = append(found, diag.Diagnostic{Severity: diag.Warning, Summary: "Questionable thing", Detail: "It works."})
	}
	return found
}

func read(_ context.Context, data *schema.ResourceData, opened any) diag.Diagnostics {
	var object stored
	err := opened.(*store.Store).Get(data.Id(), &object)
	if errors.Is(err, store.ErrNone) {
		data.SetId("")
		return nil
	}
	if err != nil {
		return diag.FromErr(err)
	}
	var ports []any
	for _, one := range object.Ports {
		ports = append(ports, map[string]any{"number": one.Number, "protocol": one.Protocol})
	}
	return diag.FromErr(errors.Join(
		data.Set("name", object.Name),
		data.Set("size", object.Size),
		data.Set("labels", object.Labels),
		data.Set("port", ports),
		data.Set("password", object.Password),
		data.Set("sum", object.Sum),
	))
}

func remove(_ context.Context, data *schema.ResourceData, opened any) diag.Diagnostics {
	return diag.FromErr(opened.(*store.Store).Delete(data.Id()))
}

func things() *schema.Resource {
	return &schema.Resource{
		ReadContext: func(_ context.Context, data *schema.ResourceData, opened any) diag.Diagnostics {
			ids, err := opened.(*store.Store).IDs()
			if err != nil {
				return diag.FromErr(err)
			}
			prefix := data.Get("prefix").(string)
			var found []string
			for _, id := range ids {
				if strings.HasPrefix(id, prefix) {
					found = append(found, id)
				}
			}
			data.SetId(fmt.Sprintf("all-%s", prefix))
			return diag.FromErr(data.Set("ids", found))
		},
		Schema: map[string]*schema.Schema{
			"prefix": {Type: schema.TypeString, Optional: true},
			"ids":    {Type: schema.TypeList, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}},
		},
	}
}
