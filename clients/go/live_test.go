package relayhooks

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

// A webhook is made, an event posted and received, on a Relay that runs.
func TestLive(t *testing.T) {
	url := os.Getenv("RELAY_URL")
	if url == "" {
		t.Skip("RELAY_URL is not set")
	}
	type arrived struct {
		header http.Header
		body   []byte
	}
	arrivals := make(chan arrived, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrivals <- arrived{r.Header, body}
	}))
	defer receiver.Close()

	ctx := context.Background()
	client, err := NewClientWithResponses(url, WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("X-API-Key", os.Getenv("RELAY_API_KEY"))
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	webhook, err := client.CreateWebhookWithResponse(ctx, WebhookInput{
		Name: "Go", Url: receiver.URL, EventTypes: []string{"go.*"},
	})
	if err != nil || webhook.JSON201 == nil {
		t.Fatalf("no webhook: %v %s", err, webhook.Body)
	}
	event, err := client.CreateEventWithResponse(ctx, nil, EventInput{
		EventType: "go.posted", Payload: map[string]any{"n": 1},
	})
	if err != nil || event.JSON202 == nil {
		t.Fatalf("no event: %v %s", err, event.Body)
	}
	select {
	case one := <-arrivals:
		if !IsFromRelay(webhook.JSON201.Secret, one.header, one.body) {
			t.Fatal("what arrived is not Relay's")
		}
		if IsFromRelay(webhook.JSON201.Secret, one.header, append(one.body, ' ')) {
			t.Fatal("what was changed is taken for Relay's")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing arrived")
	}
	refused, err := client.GetWebhookWithResponse(ctx, webhook.JSON201.Id)
	if err != nil || refused.JSON200 == nil {
		t.Fatalf("no webhook: %v %s", err, refused.Body)
	}
}
