# SPDX-License-Identifier: Apache-2.0
# Providers of the sender http: an API of our own at /http/send, and the documented success
# responses of the providers in docs/sms-http.md.
package Provider::Http;
use strict;
use warnings;
use JSON::PP ();

my $json = JSON::PP->new->utf8->canonical;
my $true = JSON::PP::true;

my @documented = (
    [qr{^/v1/send$}, 200, { status => 'accepted', id => 'm-1' }],
    [qr{^/xms/v1/[^/]+/batches$}, 201, { id => '01FC66621XXXXX119Z8PMV1QPQ', type => 'mt_text' }],
    [
        qr{^/v1/Account/[^/]+/Message/$}, 202,
        {
            message => 'message(s) queued', api_id => 'db342550-7c9d-11e4-a307-22000ac6518c',
            message_uuid => ['db3ce55a-7c9d-11e4-8e1f-22000afd44c1']
        }
    ],
    [
        qr{^/v2/messages$}, 200,
        { data => { record_type => 'message', id => '40385f64-5717-4562-b3fc-2c963f66afa6' } }
    ],
    [
        qr{^/sms/3/messages$}, 200,
        {
            bulkId => '2034072219640523072',
            messages => [{
                messageId => '2250be2d4219-3af1-78856-aabe-1362af1edfd2',
                destination => '447700900004',
                status => { groupId => 1, groupName => 'PENDING', name => 'PENDING_ACCEPTED' }
            }]
        }
    ],
    [
        qr{^/workspaces/[^/]+/channels/[^/]+/messages$}, 202,
        { id => '5a5e4d4e-3d3c-4a43-9b7f-0d2f7d6a3a11', status => 'accepted' }
    ],
    [
        qr{^/messages$}, 201,
        {
            id => 'e60a6f90453a19019c56ed6b20170831',
            recipients => { items => [{ recipient => 447700900006, status => 'sent' }] }
        }
    ],
    [
        qr{^/v1/message$}, 202,
        { messages => [{ apiMessageId => '02ca87d5a95446e68b0ac36a0c2057f1', accepted => $true }] }
    ],
    [
        qr{^/$}, 200,
        '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
            . '<MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult>'
            . '</PublishResponse>'
    ],
);

# A response.
sub reply {
    my ($status, $data) = @_;
    return ref $data
        ? [$status, { 'Content-Type' => 'application/json' }, $json->encode($data)]
        : [$status, { 'Content-Type' => 'text/xml' }, $data];
}

# An error of the API at /http/send.
sub error { my ($status, $code) = @_; return reply($status, { status => 'failed', code => $code }) }

# Check a request and accept its text.
sub answer {
    my ($server, $r) = @_;
    return accept_text($server, $r) if $r->{path} eq '/http/send';
    return if $r->{path} eq '/' && ($r->{form}{Action} // '') ne 'Publish';
    for (@documented) {
        my ($path, $status, $data) = @$_;
        return reply($status, $data) if $r->{method} eq 'POST' && $r->{path} =~ $path;
    }
    return;
}

# The API at /http/send: strict about everything that docs/sms-http.md promises.
sub accept_text {
    my ($server, $r) = @_;
    return reply(405, { error => 'only POST' }) if $r->{method} ne 'POST';
    return reply(415, { error => 'only JSON' })
        if ($r->{headers}{'content-type'} // '') ne 'application/json';
    return error(401, 'key') if ($r->{headers}{authorization} // '') ne "Bearer $server->{key}";
    my $text = eval { $json->decode($r->{body}) };
    return error(400, 'body')
        unless ref $text eq 'HASH'
        && "@{[sort keys %$text]}" eq 'from id text to'
        && $text->{to} =~ /^\+[1-9]\d{6,14}\z/
        && ($r->{headers}{'idempotency-key'} // '') eq $text->{id};
    return reply(200, { status => 'accepted', id => "h-$text->{id}" })
        if $server->{had}{ $text->{id} }++;
    push @{ $server->{texts} },
        { to => $text->{to}, body => $text->{text}, from => $text->{from}, sid => "h-$text->{id}" };
    $server->{codes}{ $text->{to} } = $1 if $text->{text} =~ /(?<!\d)(\d{6,10})(?!\d)/;
    return reply(200, { status => 'accepted', id => "h-$text->{id}" });
}

1;
