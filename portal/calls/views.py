from flask import Blueprint
from portal.infra.access import public_page
blueprint = Blueprint('calls', __name__)
@blueprint.get('/<tenant>/calls/')
@public_page
def calls():
    return 'stub'
